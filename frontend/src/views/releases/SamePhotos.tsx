import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, useRef, useState } from "react";
import { getBlob } from "../../api/client";
import { useSamples } from "../../api/queries";
import { type DomainStatus, type Release, type Subject, useSheet } from "../../api/releases";
import { Button } from "../../components/Button";
import { CompareSlider } from "../../components/CompareSlider";
import { SelectField } from "../../components/Field";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { Picture } from "../../components/Picture";
import { Segmented } from "../../components/Segmented";
import { useObjectUrl } from "../../components/useObjectUrl";
import styles from "./SamePhotos.module.css";

interface SamePhotosProps {
  domain: DomainStatus;
  releases: readonly Release[];
}

/** Every edit of one photo by two releases, side by side or under a slider. */
export function SamePhotos({ domain, releases }: SamePhotosProps) {
  const [photo, setPhoto] = useState<Subject | null>(null);
  const serving = releases.find(({ promoted }) => promoted) ?? releases[0];
  const other = releases.find(({ name }) => name !== serving?.name);
  const [left, setLeft] = useState(serving?.name ?? "");
  const [right, setRight] = useState(other?.name ?? "");
  const [view, setView] = useState<"columns" | "slider">("columns");
  const named = (name: string) => releases.find((release) => release.name === name);
  const sides: Side[] = [
    { side: "left", name: left, sheet: useSheet(domain.name, photo, named(left)?.digest) },
    { side: "right", name: right, sheet: useSheet(domain.name, photo, named(right)?.digest) },
  ];
  const options = releases.map(({ name }) => ({ value: name, label: name }));
  return (
    <Section
      title="On the same photo"
      note="Every edit of one photo by either release. One that is not in memory is loaded first."
      actions={
        right &&
        photo && (
          <Segmented
            legend="How to compare"
            quiet
            value={view}
            onChange={setView}
            options={[
              { value: "columns", label: "Side by side", icon: <Icon name="columns" /> },
              { value: "slider", label: "Slider", icon: <Icon name="slider" /> },
            ]}
          />
        )
      }
    >
      <div className={styles.choice}>
        <SelectField label="Release" value={left} onChange={setLeft} options={options} />
        {right && (
          <SelectField label="Against" value={right} onChange={setRight} options={options} />
        )}
        <PhotoChoice aligns={domain.aligns} photo={photo} onPhoto={setPhoto} />
      </div>
      {photo && <Sheets sides={sides.filter(({ name }) => name)} view={right ? view : "columns"} />}
    </Section>
  );
}

interface Side {
  /** "left" or "right": one release may be on both. */
  side: string;
  name: string;
  sheet: ReturnType<typeof useSheet>;
}

function Sheets({ sides, view }: { sides: readonly Side[]; view: "columns" | "slider" }) {
  const [left, right] = sides;
  const first = useObjectUrl(left?.sheet.data);
  const second = useObjectUrl(right?.sheet.data);
  if (view === "slider" && left && right && first && second) {
    // Of the same edits, so that the pictures are in the same places.
    return (
      <div className={styles.slider}>
        <CompareSlider
          left={{ url: first, alt: sheetText(left.name), tag: left.name }}
          right={{ url: second, alt: sheetText(right.name), tag: right.name }}
          label={`How much of ${left.name} is shown, in percent`}
        />
      </div>
    );
  }
  return (
    <div className={styles.sheets}>
      {sides.map((each) => (
        <SheetFigure key={each.side} {...each} />
      ))}
    </div>
  );
}

function sheetText(release: string): string {
  return `The photo and its edits by ${release}`;
}

function SheetFigure({ name, sheet }: Side) {
  return (
    <figure aria-busy={sheet.isFetching}>
      <figcaption>{name}</figcaption>
      {sheet.error ? (
        <Notice
          title="It could not edit this photo"
          error={sheet.error}
          onRetry={() => void sheet.refetch()}
        />
      ) : (
        <div className={styles.frame}>
          {sheet.data ? (
            <Picture blob={sheet.data} alt={sheetText(name)} className={styles.sheet} />
          ) : (
            <p>Editing…</p>
          )}
        </div>
      )}
    </figure>
  );
}

interface PhotoChoiceProps {
  aligns: boolean;
  photo: Subject | null;
  onPhoto: (photo: Subject) => void;
}

/** The service's portraits where the domain is of faces, or a photo of one's own. */
function PhotoChoice({ aligns, photo, onPhoto }: PhotoChoiceProps) {
  const samples = useSamples();
  const input = useRef<HTMLInputElement>(null);
  const fetched = useMutation({
    networkMode: "always",
    mutationFn: async ({ name, url }: { name: string; url: string }): Promise<Subject> => ({
      id: name,
      blob: await getBlob(url),
    }),
  });
  const take = ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const file = currentTarget.files?.[0];
    if (file) {
      fetched.reset(); // of a sample that is still on its way nothing more is heard
      onPhoto({ id: `${file.name} ${file.size} ${file.lastModified}`, blob: file });
    }
    currentTarget.value = "";
  };
  return (
    <div className={styles.photos}>
      <span className={styles.label}>Photo</span>
      <div className={styles.row}>
        {aligns &&
          samples.data?.map((sample) => (
            <button
              key={sample.name}
              type="button"
              className={styles.sample}
              aria-label={`Compare on ${sample.title}`}
              aria-pressed={photo?.id === sample.name}
              onClick={() => fetched.mutate(sample, { onSuccess: onPhoto })}
            >
              <img src={sample.url} alt="" decoding="async" />
            </button>
          ))}
        <Button onClick={() => input.current?.click()}>
          <Icon name="photo" />
          Your own
        </Button>
        <input
          ref={input}
          type="file"
          accept="image/jpeg,image/png,image/webp"
          hidden
          aria-label="Photo to compare on"
          onChange={take}
        />
      </div>
      {fetched.error && <Notice title="This photo could not be opened" error={fetched.error} />}
    </div>
  );
}
