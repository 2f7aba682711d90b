/** Where the cells of a grid of pictures are: torchvision's make_grid lays them out with a gap around each. */
const GAP = 2;

export interface Cell {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function cellOf(
  picture: { width: number; height: number },
  { columns, rows }: { columns: number; rows: number },
  column: number,
  row: number,
): Cell {
  const width = (picture.width - GAP) / columns - GAP;
  const height = (picture.height - GAP) / rows - GAP;
  return { x: GAP + column * (width + GAP), y: GAP + row * (height + GAP), width, height };
}

/** The column where each hop of each chain is: after the photo come the hops, chain by chain. */
export function columnsOf(chains: readonly (readonly unknown[])[]): number[][] {
  let column = 0;
  return chains.map((chain) =>
    chain.map(() => {
      column += 1;
      return column;
    }),
  );
}
