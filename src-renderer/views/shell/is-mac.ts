// Which way keys are written here.
export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
