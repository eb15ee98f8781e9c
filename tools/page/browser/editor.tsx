/** The configuration, as a form or as text; opened from a file and saved to one. */
import { useRef, useState } from "preact/hooks";
import { withoutSecrets } from "./configuration.ts";
import type { Check } from "./configuration.ts";
import { download } from "./download.ts";
import { idOf } from "./field.tsx";
import { Fields } from "./form.tsx";
import { isObject } from "./schema.ts";
import type { JsonObject, Schema } from "./schema.ts";

export interface EditorProps {
  schema: Schema;
  configuration: JsonObject;
  check: Check;
  onChange: (configuration: JsonObject) => void;
}

const FILE = "node.json";

const textOf = (configuration: JsonObject): string => `${JSON.stringify(configuration, null, 2)}\n`;

/** The configuration that a text is; throws an Error for people when it is none. */
function parse(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`That is not JSON: ${(error as Error).message}.`, { cause: error });
  }
  if (!isObject(value)) throw new Error("A configuration is an object: it begins with {.");
  return value;
}

function TextEditor({ configuration, onChange }: Pick<EditorProps, "configuration" | "onChange">) {
  const [draft, setDraft] = useState(() => textOf(configuration));
  const [mistake, setMistake] = useState<string>();
  return (
    <div class={mistake === undefined ? "field" : "field wrong"}>
      <label for="text">{FILE}</label>
      <textarea
        id="text"
        spellcheck={false}
        autocapitalize="off"
        aria-invalid={mistake === undefined ? undefined : "true"}
        aria-describedby="text-mistake"
        value={draft}
        onInput={({ currentTarget: { value } }) => {
          setDraft(value);
          try {
            onChange(parse(value));
            setMistake(undefined);
          } catch (error) {
            setMistake((error as Error).message);
          }
        }}
      />
      <p class="mistake" id="text-mistake">
        {mistake}
      </p>
    </div>
  );
}

/** Goes to a field, or to the text where that is shown. */
function focusOn(event: Event, path: string): void {
  event.preventDefault();
  (document.getElementById(idOf(path)) ?? document.getElementById("text"))?.focus();
}

/** A path as the board writes it. */
const nameOf = (path: string): string =>
  path
    .slice(1)
    .replace(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".") || FILE;

function FieldLink({ path }: { path: string }) {
  return (
    <a href={`#${idOf(path)}`} onClick={(event) => focusOn(event, path)}>
      {nameOf(path)}
    </a>
  );
}

/** All that is wrong or not there yet, with links to the fields. */
function Summary({ check: { mistakes, missing, warnings } }: { check: Check }) {
  const all = Object.entries(mistakes).flatMap(([path, texts]) => texts.map((text) => ({ path, text })));
  return (
    <>
      {missing.length > 0 && (
        <p>
          Still needed:{" "}
          {missing.map((path, index) => (
            <span key={path}>
              {index > 0 && ", "}
              <FieldLink path={path} />
            </span>
          ))}
        </p>
      )}
      {all.length > 0 && (
        <ul class="mistakes">
          {all.map(({ path, text }) => (
            <li key={path + text}>
              <FieldLink path={path} /> {text}
            </li>
          ))}
        </ul>
      )}
      {warnings.map((text) => (
        <p key={text} class="warning">
          {text}
        </p>
      ))}
      {!missing.length && !all.length && <p class="good">The configuration is complete.</p>}
    </>
  );
}

export function Editor(props: EditorProps) {
  const { schema, configuration, check, onChange } = props;
  const [isText, setText] = useState(false);
  // What shows the configuration starts anew with what is opened from a file.
  const [opened, setOpened] = useState(0);
  const [problem, setProblem] = useState<string>();
  const [note, setNote] = useState<string>();
  const file = useRef<HTMLInputElement>(null);

  async function open(chosen: File | undefined): Promise<void> {
    if (!chosen) return;
    setNote(undefined);
    try {
      onChange(parse(await chosen.text()));
      setProblem(undefined);
      setOpened(opened + 1);
    } catch (error) {
      setProblem(`${chosen.name}: ${(error as Error).message}`);
    }
  }

  return (
    <section aria-labelledby="configuration-title">
      <h2 id="configuration-title">Configuration</h2>
      <div class="row bar">
        <div class="row">
          <button type="button" aria-pressed={!isText} onClick={() => setText(false)}>
            Form
          </button>
          <button type="button" aria-pressed={isText} onClick={() => setText(true)}>
            Text
          </button>
        </div>
        <div class="row">
          <button type="button" class="quiet" onClick={() => file.current?.click()}>
            Open a file
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              download(FILE, textOf(withoutSecrets(configuration)));
              setNote("Saved without passwords: type them again when you open it.");
            }}
          >
            Save as a file
          </button>
          <input
            ref={file}
            class="visually-hidden"
            type="file"
            accept=".json,application/json"
            aria-label="Configuration file"
            tabIndex={-1}
            onChange={({ currentTarget }) => {
              void open(currentTarget.files?.[0]);
              currentTarget.value = "";
            }}
          />
        </div>
      </div>
      {problem !== undefined && (
        <p class="mistake" role="alert">
          {problem}
        </p>
      )}
      <p class="help" role="status">
        {note}
      </p>
      {isText ? (
        <TextEditor key={opened} configuration={configuration} onChange={onChange} />
      ) : (
        <Fields
          key={opened}
          root={schema}
          schema={schema}
          path=""
          value={configuration}
          mistakes={check.mistakes}
          onChange={(value) => onChange(isObject(value) ? value : {})}
        />
      )}
      <div role="status" aria-label="Check">
        <Summary check={check} />
      </div>
    </section>
  );
}
