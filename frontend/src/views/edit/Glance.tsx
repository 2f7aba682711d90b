import { useMemo } from "react";
import type { Sheet } from "../../api/photos";
import { type Subject, useSheet } from "../../api/queries";
import { Dialog } from "../../components/Dialog";
import { Notice } from "../../components/Notice";
import { useObjectUrl } from "../../components/useObjectUrl";
import type { ControlsProps } from "./Controls";
import { describe, singleEdits } from "./changes";
import styles from "./Glance.module.css";
import { NOTHING } from "./settings";
import { tileOf } from "./sheet";

/** The most edits that the service puts on one sheet. */
const MOST = 64;

type GlanceProps = ControlsProps & { subject: Subject; onClose: () => void };

/** The photo with every attribute changed by itself; one that is liked is taken. */
export default function Glance({ domain, source, wanted, setting, subject, onClose }: GlanceProps) {
  const edits = useMemo(
    () => singleEdits(domain, source.attributes).slice(0, MOST),
    [domain, source],
  );
  const sheet = useSheet(subject, domain, wanted.face, edits);
  const url = useObjectUrl(sheet.data?.image);
  const labels = edits.map((change) => describe(change, domain));
  const take = (place: number) => {
    setting.set({ ...NOTHING, wishes: edits[place] ?? {}, face: setting.settings.face });
    onClose();
  };
  return (
    <Dialog title="All edits at a glance" wide onClose={onClose}>
      {sheet.error ? (
        <Notice
          title="The edits were not made"
          error={sheet.error}
          onRetry={() => void sheet.refetch()}
        />
      ) : (
        <>
          <p className={styles.hint}>Each is one change to the photo. Choose one to take it up.</p>
          <ul className={styles.grid} aria-busy={!url}>
            <li className={styles.edit}>
              <Tile sheet={sheet.data} url={url} place={0} />
              As it is
            </li>
            {labels.map((label, place) => (
              <li key={label}>
                <button
                  type="button"
                  className={styles.edit}
                  disabled={!url}
                  onClick={() => take(place)}
                >
                  <Tile sheet={sheet.data} url={url} place={place + 1} />
                  {label}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

interface TileProps {
  sheet: Sheet | undefined;
  url: string | undefined;
  place: number;
}

function Tile({ sheet, url, place }: TileProps) {
  const isThere = sheet && url;
  return (
    <span
      className={styles.picture}
      style={isThere ? { ...tileOf(sheet, place), backgroundImage: `url(${url})` } : undefined}
    />
  );
}
