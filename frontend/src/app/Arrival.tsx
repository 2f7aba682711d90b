import { useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { useTitle } from "../components/title";
import { titleOf, viewOf } from "./places";

/**
 * What a browser does by itself when a page is loaded, and a page that goes on without loading must do:
 * name the tab, begin at the top, and move the focus, so that a screen reader reads what is new.
 *
 * It stands before the views, whose own titles are set later and so prevail.
 */
export function Arrival() {
  const [address] = useLocation();
  const view = viewOf(address);
  const last = useRef({ address, view });
  useTitle(titleOf(address));
  useEffect(() => {
    if (last.current.address === address) return;
    const isElsewhere = last.current.view !== view;
    last.current = { address, view };
    // Within a view the focus stays, unless what had it is gone.
    if (isElsewhere || document.activeElement === document.body) {
      window.scrollTo(0, 0);
      document.getElementById("main")?.focus({ preventScroll: true });
    }
  }, [address, view]);
  return null;
}
