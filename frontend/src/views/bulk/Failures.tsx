import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";
import styles from "./Failures.module.css";
import type { Photos } from "./photos";

/** Photos that could not be edited, each with its reason. */
export function Failures({ places, photos }: { places: readonly number[]; photos: Photos }) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (list.current) setTop(list.current.getBoundingClientRect().top + window.scrollY);
  }, []);
  const rows = useWindowVirtualizer({
    count: places.length,
    estimateSize: () => 64,
    scrollMargin: top,
    overscan: 8,
  });
  return (
    <ul ref={list} className={styles.list} style={{ height: rows.getTotalSize() }}>
      {rows.getVirtualItems().map(({ index, start }) => {
        const photo = photos.items[places[index] ?? -1];
        return (
          <li
            key={index}
            ref={rows.measureElement}
            data-index={index}
            aria-setsize={places.length}
            aria-posinset={index + 1}
            style={{ transform: `translateY(${start - top}px)` }}
          >
            <strong>{photo?.filename}</strong>
            <span>{photo?.error}</span>
          </li>
        );
      })}
    </ul>
  );
}
