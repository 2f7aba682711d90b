import { useEffect } from "react";

/** What the tab is called while a part of the page is there, and no longer; a view may say more than the frame does. */
export function useTitle(title: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = `${title} · INIT Studio`;
    return () => {
      document.title = before;
    };
  }, [title]);
}
