import { useState } from "react";
import type { Score } from "../../api/releases";
import { LineFigure } from "../../components/charts/LineFigure";
import { percent } from "../../components/charts/numbers";
import { Section } from "../../components/Page";
import { Segmented } from "../../components/Segmented";
import { moment } from "../../components/words";
import styles from "./History.module.css";
import { dropsOf, historyOf, metricsOf, newestOf, told } from "./scores";
import { axisOf, referenceName } from "./words";

interface HistoryProps {
  scores: readonly Score[];
  reference: string;
}

/** What evaluations found, over time; a release that gets worse is seen here first. */
export function History({ scores, reference }: HistoryProps) {
  const [picked, setPicked] = useState("accuracy");
  const own = scores.filter((score) => score.reference === reference);
  const kinds = metricsOf(own);
  const kind = kinds.find(({ name }) => name === picked) ?? kinds[0];
  if (!kind) return null;
  const { rows, series } = historyOf(own, reference, kind.name);
  const drops = dropsOf(newestOf(own, reference).values());
  return (
    <Section
      title="Evaluations over time"
      note={`On photos, size and judge ${referenceName(reference)}; bars are 95 % intervals.`}
      actions={
        <Segmented
          legend="Metric"
          quiet
          value={kind.name}
          onChange={setPicked}
          options={kinds.map(({ name, label }) => ({ value: name, label }))}
        />
      }
    >
      {drops.length > 0 && (
        <ul className={styles.drops} aria-label="What has dropped">
          {drops.map((drop) => (
            <li key={drop}>{drop}</li>
          ))}
        </ul>
      )}
      <LineFigure
        title={kind.label}
        note={kind.meaning}
        rows={rows}
        series={series}
        unit=""
        formatX={axisOf(rows.map(({ x }) => x))}
        formatY={kind.isShare ? percent : undefined}
        dots
        height={260}
      />
      <details className={styles.numbers}>
        <summary>As a list</summary>
        <ul>
          {own.map((score) => {
            const metric = score.metrics[kind.name];
            return (
              <li key={score.id}>
                <span>{moment(score.at)}</span>
                <span>{score.release}</span>
                <span>{metric ? told(kind, metric.value) : "–"}</span>
              </li>
            );
          })}
        </ul>
      </details>
    </Section>
  );
}
