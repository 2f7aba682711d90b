import { useState } from "react";
import styles from "./ThemeChoice.module.css";
import { chooseTheme, readTheme, THEMES, type Theme } from "./theme";

const NAMES: Record<Theme, string> = { system: "Auto", light: "Light", dark: "Dark" };

/** A plain list to choose from: it works with keyboard, touch and screen reader as people know it. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(readTheme);
  const choose = (chosen: Theme) => {
    chooseTheme(chosen);
    setTheme(chosen);
  };
  return (
    <label className={styles.choice}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" strokeWidth="1.7" />
        <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
      </svg>
      <select
        aria-label="Colours"
        value={theme}
        onChange={(event) => choose(event.target.value as Theme)}
      >
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {NAMES[name]}
          </option>
        ))}
      </select>
    </label>
  );
}
