/** One field of the configuration's form: a label, an input by the kind of its value, and what is wrong with it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Json, Schema } from "./schema.ts";

export interface FieldProps {
  /** Unique on the page, and the field's path: `/wifi/ssid`. */
  path: string;
  label: string;
  schema: Schema;
  value: Json | undefined;
  isRequired: boolean;
  /** Not to be seen by whoever looks over a shoulder. */
  isSecret?: boolean;
  /** What is wrong with the value, if anything is. */
  mistakes: readonly string[];
  onChange: (value: Json | undefined) => void;
}

/** The id of the input for a path. */
export const idOf = (path: string): string => `field${path.replaceAll("/", "-")}`;

/** A value as people write it. */
const plain = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What an empty field stands for. */
function placeholderOf({ default: preset, examples }: Schema): string {
  if (preset !== undefined) return plain(preset);
  return examples?.length ? `such as ${plain(examples[0])}` : "";
}

/** Attributes that tie an input to its label, its explanation and its mistakes. */
function tied({ path, schema, isRequired, mistakes }: FieldProps): object {
  const id = idOf(path);
  const described = [schema.description && `${id}-help`, mistakes.length && `${id}-mistake`].filter(Boolean);
  return {
    id,
    name: path,
    "aria-describedby": described.join(" ") || undefined,
    "aria-invalid": mistakes.length ? "true" : undefined,
    "aria-required": isRequired ? "true" : undefined,
  };
}

function Labelled({ props, children }: { props: FieldProps; children: ComponentChildren }) {
  const { path, label, schema, isRequired, mistakes } = props;
  const id = idOf(path);
  return (
    <div class={mistakes.length ? "field wrong" : "field"}>
      <label for={id}>
        {label}
        {isRequired && <span class="required"> required</span>}
      </label>
      {children}
      {mistakes.length > 0 && (
        <p class="mistake" id={`${id}-mistake`}>
          {mistakes.join(" ")}
        </p>
      )}
      {schema.description && (
        <p class="help" id={`${id}-help`}>
          {schema.description}
        </p>
      )}
    </div>
  );
}

export function TextField(props: FieldProps) {
  const [isShown, setShown] = useState(false);
  const { schema, value, isSecret = false, onChange } = props;
  const input = (
    <input
      {...tied(props)}
      {...(isSecret && !isShown ? { type: "password" } : { type: "text" })}
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      value={typeof value === "string" ? value : ""}
      placeholder={placeholderOf(schema)}
      onInput={({ currentTarget }) => onChange(currentTarget.value === "" ? undefined : currentTarget.value)}
    />
  );
  return (
    <Labelled props={props}>
      {isSecret ? (
        <div class="joined">
          {input}
          <button type="button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
            {isShown ? "Hide" : "Show"}
          </button>
        </div>
      ) : (
        input
      )}
    </Labelled>
  );
}

export function NumberField(props: FieldProps) {
  const { schema, value, onChange } = props;
  return (
    <Labelled props={props}>
      <input
        {...tied(props)}
        type="number"
        inputMode={schema.type === "integer" ? "numeric" : "decimal"}
        step={schema.type === "integer" ? 1 : "any"}
        min={schema.minimum}
        max={schema.maximum}
        value={typeof value === "number" ? value : ""}
        placeholder={placeholderOf(schema)}
        onInput={({ currentTarget }) => {
          const number = currentTarget.valueAsNumber;
          onChange(Number.isNaN(number) ? undefined : number);
        }}
      />
    </Labelled>
  );
}

/** A list to choose from; where nothing need be chosen, the first entry is what holds then. */
export function ChoiceField(
  props: FieldProps & { choices: readonly Json[]; titles?: readonly (string | undefined)[] },
) {
  const { schema, value, choices, titles = [], isRequired, onChange } = props;
  const preset = placeholderOf(schema);
  return (
    <Labelled props={props}>
      <select
        {...tied(props)}
        value={value === undefined ? "" : JSON.stringify(value)}
        onChange={({ currentTarget: { value: text } }) =>
          onChange(text === "" ? undefined : (JSON.parse(text) as Json))
        }
      >
        {!(isRequired && value !== undefined) && (
          <option value="">{preset ? `default (${preset})` : "–"}</option>
        )}
        {choices.map((choice, index) => (
          <option key={plain(choice)} value={JSON.stringify(choice)}>
            {titles[index] ? `${plain(choice)} (${titles[index]})` : plain(choice)}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

/** Whatever has no field of its own, as JSON. What is no JSON yet stays in the field and does not count. */
export function JsonField(props: FieldProps) {
  const { value, mistakes, schema, onChange } = props;
  const shown = value === undefined ? "" : JSON.stringify(value);
  const [draft, setDraft] = useState<string>();
  const isBroken = draft !== undefined;
  const take = (text: string): void => {
    try {
      const parsed = text.trim() === "" ? undefined : (JSON.parse(text) as Json);
      setDraft(undefined);
      onChange(parsed);
    } catch {
      setDraft(text);
    }
  };
  const said = isBroken ? [...mistakes, 'It must be JSON, such as [0, 10] or {"median": 5}.'] : mistakes;
  const whole = { ...props, mistakes: said };
  return (
    <Labelled props={whole}>
      <input
        {...tied(whole)}
        type="text"
        class="code"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={draft ?? shown}
        placeholder={placeholderOf(schema)}
        onChange={({ currentTarget }) => take(currentTarget.value)}
      />
    </Labelled>
  );
}
