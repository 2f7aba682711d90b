import { useEffect, useState } from "react";
import { Tag } from "../../components/CompareSlider";
import styles from "./Compare.module.css";

const TAKEN = "button, a, select, summary, textarea, dialog, input:not([type=radio], [type=range])";

interface HoldProps {
  original: string;
  edited: string;
  text: string;
}

/** The edit; as long as it is held, by the pointer or the Space key, the original in its place. */
export function Hold({ original, edited, text }: HoldProps) {
  const [isHeld, hold] = useState(false);
  useSpace(hold);
  const release = () => hold(false);
  return (
    <div className={styles.holder}>
      <button
        type="button"
        className={styles.hold}
        aria-pressed={isHeld}
        aria-label="Hold to see the original"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          hold(true);
        }}
        onPointerUp={release}
        onPointerCancel={release}
        onContextMenu={(event) => event.preventDefault()} // which a long touch means elsewhere
        onBlur={release}
      >
        {/* Both are there all the time, so that the change has no flicker. */}
        <img
          className={styles.photo}
          src={edited}
          alt={`Edited: ${text}`}
          hidden={isHeld}
          draggable={false}
        />
        <img
          className={styles.photo}
          src={original}
          alt="Original"
          hidden={!isHeld}
          draggable={false}
        />
      </button>
      {isHeld ? <Tag side="left" text="Original" /> : <Tag side="right" text="Edited" />}
    </div>
  );
}

/** The Space key, wherever the focus is but where Space means something else, as it does not at sliders and choices. */
function useSpace(hold: (isHeld: boolean) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== " " || isTaken(event.target)) return;
      event.preventDefault();
      hold(event.type === "keydown");
    };
    document.addEventListener("keydown", press);
    document.addEventListener("keyup", press);
    return () => {
      document.removeEventListener("keydown", press);
      document.removeEventListener("keyup", press);
    };
  }, [hold]);
}

function isTaken(target: EventTarget | null): boolean {
  if (!(target instanceof Element) || target.matches(`.${styles.hold}`)) return false;
  return target.closest(TAKEN) !== null;
}
