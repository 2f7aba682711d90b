import { useCallback, useEffect, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { type Job, useJobs } from "../../api/jobs";
import { trainingOf } from "../../api/train";
import { LineFigure } from "../../components/charts/LineFigure";
import { SelectField } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { Page, Section } from "../../components/Page";
import { DrawingControls } from "./DrawingControls";
import { comparable, type Drawing, EMPTY, hasNoLogarithm, overlay, type RunLog } from "./log";
import styles from "./RunPage.module.css";
import { RunTable } from "./RunTable";
import { useRunLog } from "./useRunLog";

const MOST = 50;

/** One loss of several runs, laid over each other; which runs and which loss are in the address. */
export function CompareRuns() {
  const [search, setSearch] = useSearchParams();
  const runs = useJobs("training", MOST);
  const [logs, setLogs] = useState<Readonly<Record<string, RunLog>>>({});
  const [drawing, setDrawing] = useState<Drawing>({ smoothing: 0.6, log: false });
  const onLog = useCallback(
    (id: string, log: RunLog) => setLogs((known) => ({ ...known, [id]: log })),
    [],
  );

  const wanted = (search.get("runs") ?? "").split(",").filter(Boolean);
  const jobs = (runs.data?.jobs ?? []).filter(({ id }) => wanted.includes(id));
  const shown = jobs.map((job) => ({
    id: job.id,
    label: trainingOf(job).options.release,
    points: (logs[job.id] ?? EMPTY).points,
  }));
  const terms = comparable(Object.values(logs));
  const asked = search.get("loss") ?? "";
  const term = terms.includes(asked) ? asked : (terms[0] ?? "");
  const { rows, series } = overlay(shown, term, drawing);

  return (
    <Page title="Runs over each other" above={<Link href="/">← Trainings</Link>}>
      {runs.error && (
        <Notice
          title="The trainings could not be listed"
          error={runs.error}
          onRetry={() => void runs.refetch()}
        />
      )}
      {jobs.map((job) => (
        <Feed key={job.id} job={job} onLog={onLog} />
      ))}
      {runs.data && jobs.length < 2 && (
        <p className={styles.quiet}>
          Pick two or more trainings in the <Link href="/">list</Link>; those of this address are
          gone.
        </p>
      )}
      {jobs.length > 0 && (
        <Section
          title="Curves"
          actions={
            <SelectField
              label="Which"
              value={term}
              onChange={(loss) => setSearch({ runs: wanted.join(","), loss }, { replace: true })}
              options={terms.map((name) => ({ value: name, label: name.replaceAll("_", " ") }))}
            />
          }
        >
          <DrawingControls drawing={drawing} onChange={setDrawing} />
          <LineFigure
            title={term.replaceAll("_", " ") || "Nothing was told yet"}
            note={
              drawing.log &&
              hasNoLogarithm(
                shown.flatMap(({ points }) => points),
                [term],
              ) &&
              "Values of 0 and below have no place here."
            }
            rows={rows}
            series={series}
            unit="Step"
            log={drawing.log}
            height={380}
          />
        </Section>
      )}
      {jobs.length > 0 && <RunTable jobs={jobs} />}
    </Page>
  );
}

/** Watches one run and hands on what it has told; shows only what keeps it from that. */
function Feed({ job, onLog }: { job: Job; onLog: (id: string, log: RunLog) => void }) {
  const { log, away, error } = useRunLog(job);
  useEffect(() => onLog(job.id, log), [job.id, log, onLog]);
  const { release } = trainingOf(job).options;
  if (error) return <Notice title={`The curve of ${release} could not be read`} error={error} />;
  if (!away) return null;
  return (
    <p className={styles.away} role="status">
      The connection to {release} is away and is being made again; its curve goes on then.
    </p>
  );
}
