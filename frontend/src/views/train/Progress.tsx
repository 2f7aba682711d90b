import { hasEnded, type JobDetail } from "../../api/jobs";
import { type TrainingProgress, trainingOf } from "../../api/train";
import { Bar } from "../../components/Bar";
import { Hidden } from "../../components/Hidden";
import { Section } from "../../components/Page";
import styles from "./Progress.module.css";
import { STAGE_NAMES, type StageState, stageStates, stagesOf, timeLeft } from "./words";

interface ProgressProps {
  job: JobDetail;
  progress: TrainingProgress | null;
}

/** The stages of a training, how many steps are done, and how long it will take. */
export function Progress({ job, progress }: ProgressProps) {
  const { options } = trainingOf(job);
  const stages = stagesOf(options);
  const states = stageStates(stages, progress?.stage, job.state);
  const step = progress?.step ?? 0;
  return (
    <Section title="Progress" note={<Note job={job} progress={progress} />}>
      <ol className={styles.stages}>
        {stages.map((stage, index) => (
          <li
            key={stage}
            className={styles.stage}
            data-state={states[index]}
            aria-current={states[index] === "now" ? "step" : undefined}
          >
            {STAGE_NAMES[stage]}
            <Hidden>{`: ${SAID[states[index] ?? "ahead"]}`}</Hidden>
          </li>
        ))}
      </ol>
      <div className={styles.steps}>
        <Bar max={options.steps} value={step} label="Steps" />
        <p>
          Step <strong>{step.toLocaleString("en-GB")}</strong> of{" "}
          {options.steps.toLocaleString("en-GB")}
        </p>
      </div>
    </Section>
  );
}

const SAID: Readonly<Record<StageState, string>> = {
  done: "done",
  now: "under way",
  stopped: "stopped here",
  ahead: "to come",
};

function Note({ job, progress }: ProgressProps) {
  if (job.state === "queued") return <QueueNote ahead={job.ahead} />;
  if (job.state === "cancelled") return "Stopped; the last checkpoint is kept, and it can go on.";
  if (job.state === "failed") return "What was saved is kept, and it can go on.";
  if (job.state === "cancelling") return "It ends with the step in work and keeps its checkpoint.";
  if (hasEnded(job) || progress?.stage !== "training") return null;
  const eta = progress.eta_seconds;
  return eta === null ? "The time left is known after a few steps." : timeLeft(eta);
}

function QueueNote({ ahead }: { ahead: number | null }) {
  if (!ahead)
    return "It begins as soon as a trainer is free: make run starts one, service trainer another.";
  return `${ahead} ${ahead === 1 ? "job goes" : "jobs go"} before it.`;
}
