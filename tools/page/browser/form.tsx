/** The configuration as a form, made from its JSON schema. */
import { useState } from "preact/hooks";
import { ChoiceField, JsonField, NumberField, TextField } from "./field.tsx";
import type { FieldProps } from "./field.tsx";
import {
  branchesOf,
  CHOOSER,
  isObject,
  isRequired,
  kindOf,
  labelOf,
  propertiesOf,
  resolve,
  withProperty,
} from "./schema.ts";
import type { Json, JsonObject, Schema } from "./schema.ts";

/** What is wrong, by the path of the value: `/sensors/0/pin`. */
export type Mistakes = Readonly<Record<string, readonly string[]>>;

interface PartProps {
  root: Schema;
  schema: Schema;
  path: string;
  value: Json | undefined;
  mistakes: Mistakes;
  onChange: (value: Json | undefined) => void;
}

const NOTHING: readonly string[] = [];
const SECRET = "password";
/** Place of what commands are signed with. */
const KEY = "/key";

const escaped = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** Is anything wrong at this path, or below it? */
const isWrong = (mistakes: Mistakes, path: string): boolean =>
  Object.keys(mistakes).some((place) => place === path || place.startsWith(`${path}/`));

function Scalar(props: FieldProps & { root: Schema }) {
  const { schema, root } = props;
  switch (kindOf(schema, root)) {
    case "choice":
      return <ChoiceField {...props} choices={(schema.enum ?? [schema.const]) as Json[]} />;
    case "boolean":
      return <ChoiceField {...props} choices={[true, false]} />;
    case "number":
      return <NumberField {...props} />;
    case "string":
      return <TextField {...props} />;
    default:
      return <JsonField {...props} />;
  }
}

/** A property of an object, whatever its kind. */
function Property({ parent, name, ...part }: PartProps & { parent: Schema; name: string }) {
  const { root, value, mistakes, onChange } = part;
  const schema = resolve(propertiesOf(parent, root, value as JsonObject)[name]!, root);
  const object = value as JsonObject;
  const path = `${part.path}/${escaped(name)}`;
  const label = labelOf(name, schema);
  const below = {
    root,
    schema,
    path,
    value: object[name],
    onChange: (changed: Json | undefined) => onChange(withProperty(object, name, changed)),
  };
  const kind = kindOf(schema, root);
  if (kind === "objects") return <List {...below} label={label} mistakes={mistakes} />;
  if (kind === "object") {
    return (
      <fieldset>
        <legend>{label}</legend>
        {schema.description && <p class="help">{schema.description}</p>}
        <Fields {...below} mistakes={mistakes} />
      </fieldset>
    );
  }
  return (
    <Scalar
      {...below}
      label={label}
      isRequired={isRequired(parent, root, object, name)}
      isSecret={name === SECRET || below.path === KEY}
      mistakes={mistakes[path] ?? NOTHING}
    />
  );
}

/** What everybody has to look at, whether it is required or not. */
const PROMINENT = ["username", SECRET];

/** The fields of an object: those that matter first, the others on demand. Which are which stays while they are edited. */
export function Fields({ root, schema, path, value, mistakes, onChange }: PartProps) {
  const object = isObject(value) ? value : {};
  const [had] = useState(() => Object.keys(object));
  const branches = branchesOf(schema, root);
  const names = Object.keys(propertiesOf(schema, root, object)).filter(
    (name) => !(branches.length && name === CHOOSER) && name !== "$schema",
  );
  const isFirst = (name: string): boolean =>
    path === "" || had.includes(name) || isRequired(schema, root, object, name) || PROMINENT.includes(name);
  const [first, others] = [names.filter(isFirst), names.filter((name) => !isFirst(name))];
  const isWrongInside = others.some((name) => isWrong(mistakes, `${path}/${escaped(name)}`));
  const own = mistakes[path] ?? NOTHING;
  const fieldsFor = (some: string[]) => (
    <div class="fields">
      {some.map((name) => (
        <Property
          key={name}
          {...{ root, schema, path, value: object, mistakes, onChange }}
          parent={schema}
          name={name}
        />
      ))}
    </div>
  );
  return (
    <>
      {own.length > 0 && <p class="mistake">{own.join(" ")}</p>}
      {branches.length > 0 && (
        <ChoiceField
          path={`${path}/${CHOOSER}`}
          label={labelOf(CHOOSER, {})}
          schema={{}}
          value={object[CHOOSER]}
          isRequired
          mistakes={mistakes[`${path}/${CHOOSER}`] ?? NOTHING}
          choices={branches.map((branch) => branch.value)}
          titles={branches.map((branch) => branch.title)}
          onChange={(chosen) => onChange(withProperty(object, CHOOSER, chosen))}
        />
      )}
      {fieldsFor(first)}
      {others.length > 0 && (
        <details open={isWrongInside || undefined}>
          <summary>More options</summary>
          {fieldsFor(others)}
        </details>
      )}
    </>
  );
}

/** An object of one property: which one, and its value. */
function Step({ root, schema, path, value, mistakes, onChange }: PartProps) {
  const object = isObject(value) ? value : {};
  const names = Object.keys(schema.properties ?? {});
  const chosen = Object.keys(object)[0];
  const valueSchema = resolve(schema.properties?.[chosen ?? ""] ?? {}, root);
  const own = mistakes[path] ?? NOTHING;
  return (
    <div class="fields">
      <ChoiceField
        path={`${path}/`}
        label="What"
        schema={{}}
        value={chosen}
        isRequired
        mistakes={own}
        choices={names}
        onChange={(name) => onChange(typeof name === "string" ? { [name]: null } : {})}
      />
      {chosen !== undefined && (
        <Scalar
          root={root}
          path={`${path}/${escaped(chosen)}`}
          label={labelOf(chosen, valueSchema)}
          schema={valueSchema}
          value={object[chosen] ?? undefined}
          isRequired
          mistakes={mistakes[`${path}/${escaped(chosen)}`] ?? NOTHING}
          onChange={(changed) => onChange({ [chosen]: changed ?? null })}
        />
      )}
    </div>
  );
}

/** A list of objects, such as sensors. */
function List({ root, schema, path, value, label, mistakes, onChange }: PartProps & { label: string }) {
  const entries = Array.isArray(value) ? value : [];
  const items = resolve(schema.items as Schema, root);
  const branches = branchesOf(items, root);
  const isSteps = kindOf(items, root) === "step";
  const one = isSteps ? "step" : label.replace(/s$/, "").toLowerCase();
  const Entry = isSteps ? Step : Fields;
  // An entry is known by a number of its own, so that its fields stay when one before it goes.
  const [keys, setKeys] = useState<{ next: number; of: number[] }>({
    next: entries.length,
    of: entries.map((_, index) => index),
  });

  function add(): void {
    setKeys({ next: keys.next + 1, of: [...keys.of, keys.next] });
    onChange([...entries, branches.length ? { [CHOOSER]: branches[0]!.value } : {}]);
  }

  function remove(index: number): void {
    setKeys({ ...keys, of: keys.of.filter((_, at) => at !== index) });
    const left = entries.filter((_, at) => at !== index);
    onChange(left.length ? left : undefined);
  }

  return (
    <fieldset class="list">
      <legend>{label}</legend>
      {schema.description && <p class="help">{schema.description}</p>}
      {(mistakes[path] ?? NOTHING).map((mistake) => (
        <p key={mistake} class="mistake">
          {mistake}
        </p>
      ))}
      {entries.map((entry, index) => (
        <fieldset key={keys.of[index]} class="entry">
          <legend>
            {labelOf(one, {})} {index + 1}
          </legend>
          <Entry
            root={root}
            schema={items}
            path={`${path}/${index}`}
            value={entry}
            mistakes={mistakes}
            onChange={(changed) => {
              onChange(entries.map((other, at) => (at === index ? (changed ?? {}) : other)));
            }}
          />
          <button type="button" class="quiet" onClick={() => remove(index)}>
            Remove {one} {index + 1}
          </button>
        </fieldset>
      ))}
      <button type="button" onClick={add}>
        Add a {one}
      </button>
    </fieldset>
  );
}
