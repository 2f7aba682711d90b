/** Where tiles lie: as many in a row as fit, all of one size. */
export const GAP = 6;

export interface Layout {
  columns: number;
  side: number;
}

/** Larger tiles where there is room, three in a row on a phone. */
export function layoutOf(width: number): Layout {
  const wanted = width < 600 ? 100 : width < 1600 ? 150 : 190;
  const columns = Math.max(2, Math.floor((width + GAP) / (wanted + GAP)));
  return { columns, side: (width - GAP * (columns - 1)) / columns };
}

/** Which tile a key leads to from another; null: the key means nothing here. */
export function moved(key: string, from: number, columns: number, count: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    Home: -from,
    End: count - 1 - from,
  };
  const step = steps[key];
  if (step === undefined) return null;
  const to = from + step;
  return to < 0 || to >= count ? from : to;
}
