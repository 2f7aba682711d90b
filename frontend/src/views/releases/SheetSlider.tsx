import { HandleRoot, Image, Item, Provider, Root } from "react-compare-slider/components";
import { useReactCompareSlider } from "react-compare-slider/hooks";
import styles from "./SheetSlider.module.css";

interface SheetSliderProps {
  left: string;
  right: string;
  names: readonly [string, string];
}

/** Two sheets of the same edits over each other: their pictures are in the same places. */
export function SheetSlider({ left, right, names }: SheetSliderProps) {
  const slider = useReactCompareSlider({ keyboardIncrement: "4%" });
  return (
    <Provider {...slider}>
      <Root className={styles.slider}>
        <Item item="itemOne">
          <Image src={left} alt={`The photo and its edits by ${names[0]}`} draggable={false} />
          <span className={styles.left} aria-hidden="true">
            {names[0]}
          </span>
        </Item>
        <Item item="itemTwo">
          <Image src={right} alt={`The photo and its edits by ${names[1]}`} draggable={false} />
          <span className={styles.right} aria-hidden="true">
            {names[1]}
          </span>
        </Item>
        <HandleRoot
          className={styles.handle}
          aria-label={`How much of ${names[0]} is shown, in percent`}
        >
          <span className={styles.grip} aria-hidden="true" />
        </HandleRoot>
      </Root>
    </Provider>
  );
}
