// Light or dark: as the system says, until the person says otherwise. Their word is kept on this machine.
export type Theme = 'light' | 'dark';

const KEY = 'latentscape-theme';

export class ThemeChoice {
  #system = $state<Theme>('light');
  #chosen = $state<Theme | null>(null);
  readonly current: Theme = $derived(this.#chosen ?? this.#system);

  constructor() {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => {
      this.#system = query.matches ? 'dark' : 'light';
    };
    follow();
    query.addEventListener('change', follow);
    const kept = read();
    if (kept === 'light' || kept === 'dark') this.#set(kept);
  }

  toggle(): void {
    const next = this.current === 'dark' ? 'light' : 'dark';
    this.#set(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // a browser that keeps nothing still shows the theme for now
    }
  }

  #set(theme: Theme): void {
    this.#chosen = theme;
    document.documentElement.dataset.theme = theme;
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
