import { HandleRoot, Image, Item, Provider, Root } from "react-compare-slider/components";
import { useReactCompareSlider } from "react-compare-slider/hooks";
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
  if (view === "slider") return <Slider original={original} edited={edited} text={description} />;
  if (view === "hold") return <Hold original={original} edited={edited} text={description} />;
  return (
    <div className={styles.both}>
      <figure>
        {before}
        <figcaption className={styles.left}>Original</figcaption>
      </figure>
      <figure>
        <img className={styles.photo} src={edited} alt={`Edited: ${description}`} />
        <figcaption className={styles.right}>Edited</figcaption>
      </figure>
    </div>
  );
}

function Slider({ original, edited, text }: { original: string; edited: string; text: string }) {
  const slider = useReactCompareSlider({ keyboardIncrement: "4%" });
  return (
    <Provider {...slider}>
      <Root className={styles.slider}>
        <Item item="itemOne">
          <Image src={original} alt="Original" draggable={false} />
          <span className={styles.left} aria-hidden="true">
            Original
          </span>
        </Item>
        <Item item="itemTwo">
          <Image src={edited} alt={`Edited: ${text}`} draggable={false} />
          <span className={styles.right} aria-hidden="true">
            Edited
          </span>
        </Item>
        <HandleRoot
          className={styles.handle}
          aria-label="How much of the original is shown, in percent"
        >
          <Grip />
        </HandleRoot>
      </Root>
    </Provider>
  );
}

function Grip() {
  return (
    <span className={styles.grip} aria-hidden="true">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M9.5 7 4.5 12l5 5M14.5 7l5 5-5 5" />
      </svg>
    </span>
  );
}
