import { Link } from "wouter";
import type { Metric, Release, Score } from "../../api/releases";
import { Button } from "../../components/Button";
import { CardTable } from "../../components/CardTable";
import { Chip } from "../../components/Chip";
import { SelectField } from "../../components/Field";
import { Hidden } from "../../components/Hidden";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { moment } from "../../components/words";
import { Evaluation } from "./Evaluation";
import { IntervalMark } from "./IntervalMark";
import styles from "./ReleaseTable.module.css";
import {
  METRICS,
  type MetricKind,
  metricsOf,
  newestOf,
  type Range,
  rangeOf,
  told,
  toldWithInterval,
} from "./scores";
import type { Scoring } from "./useScoring";
import { referenceName } from "./words";

interface ReleaseTableProps {
  domain: string;
  releases: readonly Release[];
  scores: readonly Score[];
  reference: string;
  references: readonly string[];
  scoring: Scoring;
  onReference: (reference: string) => void;
  onPromote: (name: string) => void;
}

/** The releases side by side, by their newest scores on the same photos. */
export function ReleaseTable(props: ReleaseTableProps) {
  const { releases, reference, references, scoring } = props;
  const newest = newestOf(props.scores, reference);
  const kinds = newest.size > 0 ? metricsOf([...newest.values()]) : METRICS;
  const columns = kinds.map((kind) => ({ kind, range: columnRange(kind, newest.values()) }));
  const { error } = scoring.evaluate;
  return (
    <Section
      title="Side by side"
      note={
        newest.size > 0
          ? "Scored on photos that training never saw; dots with their 95 % intervals. What serves is green."
          : "Not scored here yet. Evaluate a release to see it with its intervals."
      }
      actions={
        references.length > 1 && (
          <SelectField
            label="Scored on"
            value={reference}
            onChange={props.onReference}
            options={references.map((each) => ({
              value: each,
              label: `photos and judge ${referenceName(each)}`,
            }))}
          />
        )
      }
    >
      {error && <Notice title="The evaluation was not started" error={error} />}
      {releases.length === 0 ? (
        <p className={styles.quiet}>
          There is no release yet: <Link href="~/train">train one</Link>.
        </p>
      ) : (
        <CardTable>
          <thead>
            <tr>
              <th scope="col">Release</th>
              {columns.map(({ kind }) => (
                <th key={kind.name} scope="col">
                  {kind.label} <small>{kind.meaning}</small>
                </th>
              ))}
              <th scope="col">
                <Hidden>What can be done</Hidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {releases.map((release) => (
              <Row
                key={release.name}
                release={release}
                score={newest.get(release.digest)}
                columns={columns}
                {...props}
              />
            ))}
          </tbody>
        </CardTable>
      )}
    </Section>
  );
}

interface Column {
  kind: MetricKind;
  range: Range | null;
}

function columnRange(kind: MetricKind, scores: Iterable<Score>): Range | null {
  const found = [...scores].flatMap(({ metrics }) => metrics[kind.name] ?? []);
  return found.length > 0 ? rangeOf(found) : null;
}

type RowProps = ReleaseTableProps & {
  release: Release;
  score: Score | undefined;
  columns: readonly Column[];
};

function Row({ release, score, columns, domain, scoring, onPromote }: RowProps) {
  return (
    <tr data-promoted={release.promoted || undefined}>
      <th scope="row" className={styles.release}>
        <Link href={`/${domain}/${encodeURIComponent(release.name)}`}>{release.name}</Link>
        <span className={styles.quiet}>
          {release.size.join(" × ")} px{score && ` · ${moment(score.at)}`}
        </span>
      </th>
      {columns.map(({ kind, range }) => (
        <td key={kind.name} data-label={kind.label}>
          <Cell
            kind={kind}
            range={range}
            metric={score?.metrics[kind.name]}
            release={release}
            dropped={kind.name in (score?.dropped ?? {})}
          />
        </td>
      ))}
      <td>
        <div className={styles.deeds}>
          {release.promoted ? (
            <Chip tone="good">Serving</Chip>
          ) : (
            <Button onClick={() => onPromote(release.name)} aria-label={`Promote ${release.name}…`}>
              Promote…
            </Button>
          )}
          <Evaluation release={release} scoring={scoring} />
        </div>
      </td>
    </tr>
  );
}

interface CellProps {
  kind: MetricKind;
  range: Range | null;
  metric: Metric | undefined;
  release: Release;
  dropped: boolean;
}

function Cell({ kind, range, metric, release, dropped }: CellProps) {
  if (metric && range) {
    return (
      <div className={styles.metric}>
        <span className={styles.numbers}>
          {toldWithInterval(kind, metric)}
          {dropped && <Chip tone="bad">dropped</Chip>}
        </span>
        <IntervalMark metric={metric} range={range} strong={release.promoted} />
      </div>
    );
  }
  const own = release.metrics?.[kind.name];
  if (own === undefined) return <span className={styles.quiet}>–</span>;
  return (
    <span className={styles.quiet}>
      {told(kind, own)} <small>as released</small>
    </span>
  );
}
