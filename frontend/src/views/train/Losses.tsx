import { LineFigure } from "../../components/charts/LineFigure";
import { Section } from "../../components/Page";
import { type Drawing, hasNoLogarithm, linesOf, type Point, termsOf } from "./log";

interface LossesProps {
  points: readonly Point[];
  drawing: Drawing;
}

/** Every term of both sides. */
export function Losses({ points, drawing }: LossesProps) {
  return (
    <Section title="Losses">
      <Side title="Generator" group="generator" points={points} drawing={drawing} />
      <Side title="Discriminator" group="discriminator" points={points} drawing={drawing} />
    </Section>
  );
}

function Side({ title, group, points, drawing }: LossesProps & { title: string; group: string }) {
  const terms = termsOf(points, group);
  if (terms.length === 0) return null;
  const { rows, series } = linesOf(points, terms, drawing);
  return (
    <LineFigure
      title={title}
      note={
        drawing.log && hasNoLogarithm(points, terms) && "Values of 0 and below have no place here."
      }
      rows={rows}
      series={series}
      unit="Step"
      log={drawing.log}
      sync="run"
    />
  );
}
