import { lazy, Suspense, useState } from "react";
import type { Subject } from "../../api/queries";
import { Button } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { Icon } from "../../components/Icon";
import type { ControlsProps } from "./Controls";
import { formatOf, type Photo } from "./photo";
import { toQuery } from "./settings";
import styles from "./Tools.module.css";

const Glance = lazy(() => import("./Glance"));
const Code = lazy(() => import("./Code"));

type ToolsProps = ControlsProps & { subject: Subject; photo: Photo };

/** What else can be done with the edit at hand: see all others, have it as a command, share it. */
export function Tools({ subject, photo, ...controls }: ToolsProps) {
  const { domain, wanted, setting } = controls;
  const [open, setOpen] = useState<"glance" | "code" | null>(null);
  const close = () => setOpen(null);
  const isChanged = Object.keys(wanted.changes).length > 0;
  return (
    <div className={styles.tools}>
      {domain.kind === "attributes" && (
        <Button onClick={() => setOpen("glance")}>
          <Icon name="grid" />
          All edits at a glance
        </Button>
      )}
      <div className={styles.row}>
        <Button look="quiet" disabled={!isChanged} onClick={() => setOpen("code")}>
          <Icon name="code" />
          Copy as code
        </Button>
        <CopyButton
          look="quiet"
          icon="link"
          label="Copy link"
          text={() => addressOf(toQuery(setting.settings))}
        />
      </div>
      <Suspense fallback={null}>
        {open === "glance" && <Glance {...controls} subject={subject} onClose={close} />}
        {open === "code" && (
          <Code
            domain={domain}
            aligned={photo.aligned}
            wanted={wanted}
            format={formatOf(photo, domain)}
            onClose={close}
          />
        )}
      </Suspense>
    </div>
  );
}

/** The settings, never the photo. */
function addressOf(query: string): string {
  const { origin, pathname } = window.location;
  return `${origin}${pathname}${query && `?${query}`}`;
}
