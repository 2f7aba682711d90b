import { LineFigure } from "../../components/charts/LineFigure";
import { short } from "../../components/charts/numbers";
import { Section } from "../../components/Page";
import { type Drawing, ESS, linesOf, type Point, termsOf } from "./log";
import styles from "./Weights.module.css";

const RANGE = ["aiw/max", "aiw/median", "aiw/mean", "aiw/min"];
const SCALE = ["aiw/scale"];

/** The adversarial importance weights over time; nothing of methods that do not weight. */
export function Weights({ points, drawing }: { points: readonly Point[]; drawing: Drawing }) {
  if (termsOf(points, "aiw").length === 0) return null;
  const last = points.at(-1)?.terms[ESS];
  const figure = (title: string, note: string, terms: readonly string[]) => {
    const { rows, series } = linesOf(points, terms, drawing);
    return (
      <LineFigure
        title={title}
        note={note}
        rows={rows}
        series={series}
        unit="Step"
        log={drawing.log}
        sync="run"
        height={180}
      />
    );
  };
  return (
    <Section
      title="Importance weights"
      note={`How unequally the samples of a batch count.${last === undefined ? "" : ` At the last step as much as ${short(last)} samples that count alike.`}`}
    >
      <div className={styles.columns}>
        {figure("Effective sample size", "1: one counts; the batch: all alike", [ESS])}
        {figure("Weights of a batch", "AIW of Eq. 7", RANGE)}
        {figure("Scale factor", "‖1 + (Δl* − Δl)‖² of Eq. 7", SCALE)}
      </div>
    </Section>
  );
}
