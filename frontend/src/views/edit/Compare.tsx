import { CompareSlider, Tag } from "../../components/CompareSlider";
import styles from "./Compare.module.css";
import { Hold } from "./Hold";
import type { View } from "./ViewChoice";

interface CompareProps {
  original: string;
  edited: string | undefined;
  view: View;
  /** What was changed, for the edited picture's text. */
  description: string;
  /** Width over height, as the browser shows the photo, where nothing else has said it. */
  onRatio: (ratio: number) => void;
}

export function Compare({ original, edited, view, description, onRatio }: CompareProps) {
  const before = (
    <img
      className={styles.photo}
      src={original}
      alt="Original"
      onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
        onRatio(naturalWidth / naturalHeight)
      }
    />
  );
  if (!edited) return before;
  if (view === "slider") {
    return (
      <CompareSlider
        left={{ url: original, alt: "Original", tag: "Original" }}
        right={{ url: edited, alt: `Edited: ${description}`, tag: "Edited" }}
        label="How much of the original is shown, in percent"
      />
    );
  }
  if (view === "hold") return <Hold original={original} edited={edited} text={description} />;
  return (
    <div className={styles.both}>
      <div>
        {before}
        <Tag side="left" text="Original" />
      </div>
      <div>
        <img className={styles.photo} src={edited} alt={`Edited: ${description}`} />
        <Tag side="right" text="Edited" />
      </div>
    </div>
  );
}
