import { HandleRoot, Image, Item, Provider, Root } from "react-compare-slider/components";
import { useReactCompareSlider } from "react-compare-slider/hooks";
import styles from "./CompareSlider.module.css";

interface Side {
  url: string;
  alt: string;
  /** Written over the picture's corner. */
  tag: string;
}

interface CompareSliderProps {
  left: Side;
  right: Side;
  /** What the handle sets, for screen readers. */
  label: string;
}

/** Two pictures of the same size over each other; the handle shows more of the one or the other. */
export function CompareSlider({ left, right, label }: CompareSliderProps) {
  const slider = useReactCompareSlider({ keyboardIncrement: "4%" });
  return (
    <Provider {...slider}>
      <Root className={styles.slider}>
        <Item item="itemOne">
          <Image src={left.url} alt={left.alt} draggable={false} />
          <Tag side="left" text={left.tag} />
        </Item>
        <Item item="itemTwo">
          <Image src={right.url} alt={right.alt} draggable={false} />
          <Tag side="right" text={right.tag} />
        </Item>
        <HandleRoot className={styles.handle} aria-label={label}>
          <Grip />
        </HandleRoot>
      </Root>
    </Provider>
  );
}

/** A word over a picture's corner; screen readers have the picture's own text. */
export function Tag({ side, text }: { side: "left" | "right"; text: string }) {
  return (
    <span className={styles.tag} data-side={side} aria-hidden="true">
      {text}
    </span>
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
