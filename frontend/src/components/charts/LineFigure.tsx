import { type ReactNode, useState } from "react";
import {
  CartesianGrid,
  ErrorBar,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import styles from "./LineFigure.module.css";
import { short } from "./numbers";

/** One row a place on the horizontal axis; what a row lacks is a gap, or joined over where lines are `joined`. */
export type Row = { x: number } & Record<string, number | null | [number, number]>;

export interface Series {
  key: string;
  label: string;
  /** Which of the colours, from 0. */
  colour: number;
  /** A row's field with what the value was before it was smoothed, drawn thin behind it. */
  raw?: string;
  /** A row's field with how far the interval reaches [down, up]. */
  interval?: string;
}

interface LineFigureProps {
  title: string;
  note?: ReactNode;
  rows: readonly Row[];
  series: readonly Series[];
  /** What the horizontal axis counts: "step". */
  unit: string;
  formatX?: (x: number) => string;
  formatY?: ((y: number) => string) | undefined;
  log?: boolean;
  dots?: boolean;
  /** A value to hold the lines against. */
  mark?: { value: number; label: string };
  /** Charts of one name show the same place at once. */
  sync?: string;
  height?: number;
}

const COLOURS = 6;

function colourOf(index: number): string {
  return `var(--series-${(index % COLOURS) + 1})`;
}

/** Lines over steps or days, with a legend that says the last values and hides lines. */
export function LineFigure(props: LineFigureProps) {
  const { rows, series, unit, formatX = short, formatY = short, log = false, mark } = props;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = series.filter(({ key }) => !hidden.has(key));
  const toggle = (key: string) => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    setHidden(next);
  };
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        <span className={styles.title}>{props.title}</span>
        {props.note && <span className={styles.note}>{props.note}</span>}
      </figcaption>
      <div className={styles.plot} style={{ height: props.height ?? 220 }}>
        <ResponsiveContainer
          width="100%"
          height="100%"
          initialDimension={{ width: 320, height: 1 }}
        >
          <LineChart
            data={rows as Row[]}
            margin={{ top: 8, right: 12, bottom: 2, left: 0 }}
            {...(props.sync ? { syncId: props.sync, syncMethod: "value" as const } : {})}
          >
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="x"
              type="number"
              domain={rows.length > 1 ? ["dataMin", "dataMax"] : ["dataMin - 1", "dataMax + 1"]}
              tickFormatter={formatX}
              tick={TICK}
              stroke="var(--line)"
              tickLine={false}
              minTickGap={32}
            />
            <YAxis
              width={58}
              scale={log ? "log" : "linear"}
              domain={["auto", "auto"]}
              allowDataOverflow={log}
              tickFormatter={formatY}
              tick={TICK}
              stroke="var(--line)"
              tickLine={false}
              axisLine={false}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ stroke: "var(--control-line)", strokeDasharray: "3 3" }}
              content={({ active, payload, label }) =>
                active && payload.length > 0 ? (
                  <Reading
                    at={`${unit} ${formatX(Number(label))}`}
                    row={payload[0]?.payload}
                    series={shown}
                    formatY={formatY}
                  />
                ) : null
              }
            />
            {mark && (
              <ReferenceLine
                y={mark.value}
                stroke="var(--control-line)"
                strokeDasharray="4 4"
                ifOverflow="extendDomain"
                label={{
                  value: mark.label,
                  position: "insideTopRight",
                  fill: "var(--muted)",
                  fontSize: 12,
                }}
              />
            )}
            {shown.flatMap(({ key, raw, colour }) =>
              raw ? (
                <Line
                  key={`${key} raw`}
                  dataKey={raw}
                  stroke={colourOf(colour)}
                  strokeOpacity={0.22}
                  strokeWidth={1}
                  dot={false}
                  activeDot={false}
                  connectNulls
                  isAnimationActive={false}
                />
              ) : (
                []
              ),
            )}
            {shown.map(({ key, colour, interval }) => (
              <Line
                key={key}
                dataKey={key}
                stroke={colourOf(colour)}
                strokeWidth={1.75}
                dot={props.dots ? { r: 3.5, fill: colourOf(colour), strokeWidth: 0 } : false}
                connectNulls
                isAnimationActive={false}
              >
                {interval && (
                  <ErrorBar
                    dataKey={interval}
                    width={5}
                    stroke={colourOf(colour)}
                    strokeOpacity={0.6}
                    isAnimationActive={false}
                  />
                )}
              </Line>
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
      <ul className={styles.legend} aria-label={`Lines of ${props.title}`}>
        {series.map(({ key, label, colour }) => (
          <li key={key}>
            <button
              type="button"
              className={styles.entry}
              aria-pressed={!hidden.has(key)}
              onClick={() => toggle(key)}
            >
              <span className={styles.swatch} style={{ background: colourOf(colour) }} />
              {label}
              <span className={styles.value}>{told(lastOf(rows, key), formatY)}</span>
            </button>
          </li>
        ))}
      </ul>
    </figure>
  );
}

const TICK = { fill: "var(--muted)", fontSize: 12 };

function lastOf(rows: readonly Row[], key: string): number | null {
  const row = rows.findLast((each) => typeof each[key] === "number");
  return row ? Number(row[key]) : null;
}

function told(value: number | null, format: (y: number) => string): string {
  return value === null ? "–" : format(value);
}

interface ReadingProps {
  at: string;
  row: Row;
  series: readonly Series[];
  formatY: (y: number) => string;
}

function Reading({ at, row, series, formatY }: ReadingProps) {
  return (
    <div className={styles.reading}>
      <p>{at}</p>
      {series.map(({ key, label, colour }) =>
        typeof row[key] === "number" ? (
          <p key={key}>
            <span className={styles.swatch} style={{ background: colourOf(colour) }} />
            {label} <strong>{formatY(row[key])}</strong>
          </p>
        ) : null,
      )}
    </div>
  );
}
