import { useEffect, useState } from "react";
import type { MinedSample } from "../../api/train";
import { short } from "../../components/charts/numbers";
import { useObjectUrl } from "../../components/useObjectUrl";
import styles from "./MinedSamples.module.css";
import { cellOf, columnsOf } from "./mosaic";
import { changeOf, named } from "./words";

export interface Dimensions {
  url: string;
  width: number;
  height: number;
}

/** A picture's address and size, once it is decoded. */
export function useDimensions(blob: Blob | undefined): Dimensions | undefined {
  const url = useObjectUrl(blob);
  const [found, setFound] = useState<Dimensions>();
  useEffect(() => {
    if (!url) return;
    const image = new Image();
    image.onload = () => setFound({ url, width: image.naturalWidth, height: image.naturalHeight });
    image.src = url;
    return () => {
      image.onload = null;
    };
  }, [url]);
  return found?.url === url ? found : undefined;
}

interface RowProps {
  sample: MinedSample;
  row: number;
  rows: number;
  picture: Dimensions;
}

/** One sample: its weight, the photo, then every chain with what each hop was asked for. */
export function MinedSampleRow({ sample, row, rows, picture }: RowProps) {
  const columns = columnsOf(sample.chains);
  const shape = { columns: 1 + columns.flat().length, rows };
  const cell = (column: number, what: string, caption: string) => {
    const { x, y, width, height } = cellOf(picture, shape, column, row);
    return (
      <figure key={column} className={styles.cell}>
        <svg viewBox={`${x} ${y} ${width} ${height}`} role="img" aria-label={`${what}: ${caption}`}>
          <image href={picture.url} width={picture.width} height={picture.height} />
        </svg>
        <figcaption>{caption}</figcaption>
      </figure>
    );
  };
  return (
    <li className={styles.row}>
      <p className={styles.weight}>
        <strong>{short(sample.weight)}</strong>
        <span>step {sample.step.toLocaleString("en-GB")}</span>
      </p>
      <div className={styles.chains}>
        {cell(0, "The photo", named(sample.source))}
        {sample.chains.map((chain, number) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: chains have no name but their number
          <div key={number} className={styles.chain}>
            {chain.map((asked, hop) =>
              cell(
                columns[number]?.[hop] ?? 0,
                `Hop ${hop + 1} of ${chain.length}`,
                changeOf(chain[hop - 1] ?? sample.source, asked),
              ),
            )}
          </div>
        ))}
      </div>
    </li>
  );
}
