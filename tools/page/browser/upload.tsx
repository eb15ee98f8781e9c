/** The upload: a button, what it is at, and how it ended. */
import type { FirstReading } from "../../board/follow.ts";

export type UploadState =
  | { stage: "none" }
  /** A file is written; `share` is 0…1 of it. */
  | { stage: "write"; file: string; share: number }
  | { stage: "work"; what: string }
  | { stage: "failed"; message: string }
  | { stage: "done"; written: number; reading: FirstReading | undefined };

export interface UploadProps {
  state: UploadState;
  /** Why it cannot begin; undefined when it can. */
  obstacle: string | undefined;
  isConfigOnly: boolean;
  onConfigOnly: (value: boolean) => void;
  onUpload: () => void;
}

function readingText({ sensor, reading }: FirstReading): string {
  const values = Object.entries(reading).map(
    ([quantity, value]) => `${quantity.replaceAll("_", " ")} ${value}`,
  );
  return `${sensor}: ${values.join(", ")}`;
}

function Progress({ state }: { state: UploadState }) {
  switch (state.stage) {
    case "none":
      return null;
    case "write":
      return (
        <p>
          <label>
            Writing {state.file}, {Math.round(100 * state.share)} %
            <progress value={state.share} max={1} />
          </label>
        </p>
      );
    case "work":
      return <p>{state.what}</p>;
    case "failed":
      return <p class="mistake">{state.message}</p>;
    case "done":
      return (
        <p class="good">
          {state.written} bytes written.{" "}
          {state.reading
            ? `The broker acknowledged the first reading: ${readingText(state.reading)}.`
            : "The board starts."}
        </p>
      );
  }
}

export function UploadPanel({ state, obstacle, isConfigOnly, onConfigOnly, onUpload }: UploadProps) {
  return (
    <section aria-labelledby="upload-title">
      <h2 id="upload-title">Upload</h2>
      <label class="check">
        <input
          type="checkbox"
          checked={isConfigOnly}
          onChange={({ currentTarget }) => onConfigOnly(currentTarget.checked)}
        />
        The configuration alone, the program on the board stays
      </label>
      <button type="button" class="main" disabled={obstacle !== undefined} onClick={onUpload}>
        Upload to the board
      </button>
      {obstacle !== undefined && <p class="help">{obstacle}</p>}
      <div role="status" aria-live="polite">
        <Progress state={state} />
      </div>
    </section>
  );
}
