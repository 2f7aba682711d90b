import { Link } from "wouter";
import type { Job } from "../../api/jobs";
import { trainingOf } from "../../api/train";
import { percent, short } from "../../components/charts/numbers";
import { Section } from "../../components/Page";
import styles from "./RunTable.module.css";

/** What the runs were set to, and what came out, a column each; what is the same of all is left out of the settings. */
export function RunTable({ jobs }: { jobs: readonly Job[] }) {
  const runs = jobs.map((job) => ({ id: job.id, ...trainingOf(job) }));
  const overridden = runs.flatMap(({ options }) => Object.keys(options.overrides));
  const settings = [...new Set(overridden)].filter((name) => name !== "steps").sort();
  const set = (name: string) => runs.map(({ options }) => JSON.stringify(options.overrides[name]));
  const differs = (name: string) => new Set(set(name)).size > 1;
  const scores = [
    ...new Set(runs.flatMap(({ outcome }) => Object.keys(outcome?.scores ?? {}))),
  ].filter((name) => ["accuracy", "preservation", "difference", "frechet_resnet18"].includes(name));
  return (
    <Section title="What differs">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={styles.scroll} tabIndex={0} aria-label="What differs, a table">
        <table className={styles.table}>
          <thead>
            <tr>
              <td />
              {runs.map(({ id, options }) => (
                <th key={id} scope="col">
                  <Link href={`/${id}`}>{options.release}</Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Line name="Preset" cells={runs.map(({ options }) => options.preset)} />
            <Line name="Steps" cells={runs.map(({ options }) => String(options.steps))} />
            {settings.filter(differs).map((name) => (
              <Line key={name} name={name} cells={set(name).map((value) => value ?? "as preset")} />
            ))}
            {scores.map((name) => (
              <Line
                key={name}
                name={name.replaceAll("_", " ")}
                cells={runs.map(({ outcome }) => scoreOf(name, outcome?.scores[name]))}
              />
            ))}
          </tbody>
        </table>
      </section>
    </Section>
  );
}

function scoreOf(name: string, value: number | undefined): string {
  if (value === undefined) return "–";
  return name === "accuracy" || name === "preservation" ? percent(value) : short(value);
}

function Line({ name, cells }: { name: string; cells: readonly string[] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns are the runs, in their order
        <td key={index}>{cell}</td>
      ))}
    </tr>
  );
}
