import {
  Bar,
  BarChart,
  ErrorBar,
  ReferenceLine,
  ResponsiveContainer,
  XAxis,
  YAxis,
} from "recharts";
import type { Tally } from "../../api/studies";
import styles from "./Study.module.css";
import { percent } from "./words";

const ROW_PIXELS = 44;

/** Each release's percent of all votes as a bar with its interval, and where chance alone would be. */
export function VoteChart({ tally }: { tally: Tally }) {
  const rows = tally.shares.map(({ release, percent: share, low, high }) => ({
    name: release.name,
    share: share ?? 0,
    reach: [(share ?? 0) - (low ?? 0), (high ?? 0) - (share ?? 0)],
  }));
  const chance = 100 / rows.length;
  const said = tally.shares.map(
    ({ release, percent: share }) => `${release.name} ${percent(share)}`,
  );
  return (
    <figure className={styles.chart}>
      <div role="img" aria-label={`Votes: ${said.join(", ")}`}>
        <ResponsiveContainer width="100%" height={ROW_PIXELS * rows.length + 40}>
          <BarChart
            data={rows}
            layout="vertical"
            accessibilityLayer={false}
            margin={{ top: 4, right: 16, bottom: 0, left: 0 }}
          >
            <XAxis
              type="number"
              domain={[0, 100]}
              ticks={[0, 25, 50, 75, 100]}
              tickFormatter={(value: number) => `${value}%`}
              tickLine={false}
              stroke="var(--line)"
              tick={{ fill: "var(--muted)", fontSize: 12 }}
            />
            <YAxis
              type="category"
              dataKey="name"
              width={128}
              tickLine={false}
              axisLine={false}
              tick={{ fill: "var(--ink)", fontSize: 13 }}
            />
            <ReferenceLine x={chance} stroke="var(--control-line)" strokeDasharray="4 4" />
            <Bar
              dataKey="share"
              fill="var(--accent)"
              fillOpacity={0.55}
              barSize={18}
              radius={[0, 3, 3, 0]}
              isAnimationActive={false}
            >
              <ErrorBar
                dataKey="reach"
                width={7}
                stroke="var(--ink)"
                strokeWidth={1.5}
                isAnimationActive={false}
              />
            </Bar>
          </BarChart>
        </ResponsiveContainer>
      </div>
      <figcaption className={styles.note}>
        All edits. Lines: 95 % intervals; dashed: {percent(chance)}, what chance alone would give.
      </figcaption>
    </figure>
  );
}
