import { useEffect } from "react";

/** What the tab is called while a part of the page is there; a view may say more than the frame does. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (title) document.title = `${title} · INIT Studio`;
  }, [title]);
}
