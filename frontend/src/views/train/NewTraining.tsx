import { Link } from "wouter";
import { type Menu, useMenu } from "../../api/train";
import { Notice } from "../../components/Notice";
import { Page } from "../../components/Page";
import { TrainingForm } from "./TrainingForm";

/** A training to be: what, on what, how. */
export function NewTraining() {
  const menu = useMenu();
  return (
    <Page title="New training" above={<Link href="/">← Trainings</Link>}>
      {menu.error && (
        <Notice
          title="The presets could not be listed"
          error={menu.error}
          onRetry={() => void menu.refetch()}
        />
      )}
      {menu.isPending && <p>Loading…</p>}
      {menu.data && <Filled menu={menu.data} />}
    </Page>
  );
}

/** Starts with what can be trained at once: drawn scenes, unless there are folders with photos. */
function Filled({ menu }: { menu: Menu }) {
  const begin = menu.folders.length > 0 ? menu.presets[0] : menu.presets.find(isDrawn);
  const first = begin ?? menu.presets[0];
  if (!first) return <p>This service has no presets.</p>;
  return <TrainingForm menu={menu} first={first} />;
}

function isDrawn({ domain }: Menu["presets"][number]): boolean {
  return domain === "synthetic";
}
