// Where pictures lie that a person named by a path of their own: remembered by this window's machine, by the id that a project knows.

const KEY = 'latentscape-map-data';
/** The newest last. */
const MOST_PLACES = 200;

export function readPlaces(): Map<string, string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    const isPlace = (each: unknown): each is [string, string] =>
      Array.isArray(each) && each.length === 2 && each.every((part) => typeof part === 'string');
    return new Map(Array.isArray(kept) ? kept.filter(isPlace) : []);
  } catch {
    return new Map();
  }
}

export function keepPlaces(places: ReadonlyMap<string, string>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...places].slice(-MOST_PLACES)));
  } catch {
    // a browser that keeps nothing asks for them again
  }
}
