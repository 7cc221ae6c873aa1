import { applyMode, Mode } from '@cloudscape-design/global-styles';

export type Theme = 'auto' | 'light' | 'dark';

const key = 'tocsin.theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');

/** The theme chosen on this device. */
export function theme(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

/** Keeps a theme for this device and shows it. */
export function setTheme(value: Theme): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may refuse; then the choice lasts as long as the page.
  }
  show(value);
}

function show(value: Theme): void {
  applyMode(value === 'dark' || (value === 'auto' && dark.matches) ? Mode.Dark : Mode.Light);
}

/** Shows the kept theme, and follows the system's while it is "auto". */
export function applyTheme(): void {
  show(theme());
  dark.addEventListener('change', () => show(theme()));
}
