import styles from "./Starters.module.css";
import { STARTERS, type Starter } from "./starters";

/** Outlines to begin with, and the way in for those who cannot draw with a pointer. */
export function Starters({ onPick }: { onPick: (starter: Starter) => void }) {
  return (
    <section className={styles.starters} aria-labelledby="starters-title">
      <h2 id="starters-title">Begin with</h2>
      <ul>
        {STARTERS.map((starter) => (
          <li key={starter.name}>
            <button type="button" className={styles.starter} onClick={() => onPick(starter)}>
              <svg viewBox="0 0 100 100" aria-hidden="true">
                <path d={starter.lines.join("")} />
              </svg>
              {starter.name}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
