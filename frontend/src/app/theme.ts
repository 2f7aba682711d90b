/** Light, dark, or as the system says; kept in this browser and applied before anything is drawn. */
import { keep, kept } from "../components/storage";

const NAME = "init-studio-theme";
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function readTheme(): Theme {
  const chosen = kept("localStorage", NAME);
  return THEMES.find((theme) => theme === chosen) ?? "system";
}

export function chooseTheme(theme: Theme): void {
  keep("localStorage", NAME, theme === "system" ? null : theme);
  applyTheme(theme);
}

/** The colours follow `data-theme` (styles/tokens.css); the browser's own bar follows the meta elements. */
export function applyTheme(theme: Theme = readTheme()): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
    meta.dataset.own ??= meta.media;
    const isWanted = meta.dataset.own.includes(theme);
    meta.media = theme === "system" ? meta.dataset.own : isWanted ? "all" : "not all";
  }
}
