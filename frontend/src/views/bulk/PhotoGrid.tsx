import { useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { GAP, layoutOf, moved } from "./layout";
import styles from "./PhotoGrid.module.css";
import type { Photos } from "./photos";
import { Tile } from "./Tile";

interface PhotoGridProps {
  places: readonly number[];
  photos: Photos;
  onOpen: (place: number) => void;
}

/** Thousands of photos, of which those in sight are in the page; arrow keys lead through all of them. */
export function PhotoGrid({ places, photos, onOpen }: PhotoGridProps) {
  const list = useRef<HTMLUListElement>(null);
  const { width, top } = usePlace(list);
  const { columns, side } = layoutOf(width);
  const rows = useWindowVirtualizer({
    count: Math.ceil(places.length / columns),
    estimateSize: () => side + GAP,
    scrollMargin: top,
    overscan: 2,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another side is another height of every row
  useLayoutEffect(() => rows.measure(), [side]);

  const [active, setActive] = useState(0);
  const wanted = useRef(false);
  useEffect(() => {
    if (!wanted.current) return;
    const tile = list.current?.querySelector<HTMLElement>(`[data-place="${active}"]`);
    if (!tile) return;
    wanted.current = false;
    tile.focus({ preventScroll: true });
  });
  const count = places.length;
  const onKeyDown = useCallback(
    (event: KeyboardEvent, from: number) => {
      const to = moved(event.key, from, columns, count);
      if (to === null) return;
      event.preventDefault();
      wanted.current = true;
      setActive(to);
      rows.scrollToIndex(Math.floor(to / columns));
    },
    [columns, count, rows],
  );

  const shown = rows.getVirtualItems().flatMap(({ index: row, start }) =>
    places.slice(row * columns, (row + 1) * columns).map((place, column) => ({
      place,
      number: row * columns + column,
      x: column * (side + GAP),
      y: start - top,
    })),
  );
  // Where the tile that had the focus is out of sight, the first one in sight takes its place in the tab order.
  const stop = shown.some(({ number }) => number === active) ? active : shown[0]?.number;
  return (
    <ul ref={list} className={styles.grid} style={{ height: rows.getTotalSize() }}>
      {width > 0 &&
        shown.map(({ place, number, x, y }) => (
          <li
            key={place}
            className={styles.cell}
            aria-setsize={count}
            aria-posinset={number + 1}
            style={{ width: side, height: side, transform: `translate(${x}px, ${y}px)` }}
          >
            <Tile
              photo={photos.items[place]}
              place={place}
              number={number}
              isStop={number === stop}
              onOpen={onOpen}
              onKeyDown={onKeyDown}
            />
          </li>
        ))}
    </ul>
  );
}

/** How wide the list is and where it begins on the page; what is above it comes and goes. */
function usePlace(list: { current: HTMLElement | null }): { width: number; top: number } {
  const [place, setPlace] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const look = () => {
      const box = element.getBoundingClientRect();
      const top = box.top + window.scrollY;
      setPlace((old) =>
        old.width === box.width && old.top === top ? old : { width: box.width, top },
      );
    };
    look();
    const watching = new ResizeObserver(look);
    watching.observe(element);
    // Of all that is around it, only its parent's height tells that something above has changed.
    if (element.parentElement) watching.observe(element.parentElement);
    return () => watching.disconnect();
  }, [list]);
  return place;
}
