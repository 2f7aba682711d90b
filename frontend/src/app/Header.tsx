import { useLayoutEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import styles from "./Header.module.css";
import { isHere, PLACES } from "./places";
import { ThemeChoice } from "./ThemeChoice";

/** Where one can go; on a phone a strip that scrolls sideways. */
export function Header() {
  const [here] = useLocation();
  const strip = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: where one is now is the reason to look for it
  useLayoutEffect(() => {
    const place = strip.current?.querySelector<HTMLElement>("[aria-current]");
    if (!strip.current || !place) return;
    strip.current.scrollLeft =
      place.offsetLeft - (strip.current.clientWidth - place.clientWidth) / 2;
  }, [here]);
  return (
    <header className={styles.header}>
      <Link className={styles.brand} href="/" aria-label="INIT Studio, start">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M16 5a11 11 0 0 0 0 22z" fill="currentColor" />
          <path d="M16 6a10 10 0 0 1 0 20" fill="none" stroke="currentColor" strokeWidth="2" />
        </svg>
        INIT Studio
      </Link>
      <nav ref={strip} className={styles.places} aria-label="Studio">
        {PLACES.map(([path, name]) => (
          <Link
            key={path}
            href={path}
            className={styles.place}
            aria-current={isHere(here, path) ? "page" : undefined}
          >
            {name}
          </Link>
        ))}
      </nav>
      <div className={styles.end}>
        <ThemeChoice />
        <a className={styles.link} href="/docs">
          API
        </a>
      </div>
    </header>
  );
}
