/** What a module exports, as its docstrings and types tell it, read with the compiler's own API. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import ts from "typescript";

export interface Member {
  name: string;
  /** Its docstring, paragraphs separated by empty lines. */
  doc: string;
  /** Its type as written; of a method with `(parameters)`, and `: type` when it gives something. */
  type: string;
  isCallable: boolean;
  isNeeded: boolean;
  /** Is it of the interface itself, or inherited? */
  isOwn: boolean;
}

export interface Entry {
  name: string;
  /** Its docstring, paragraphs separated by empty lines. */
  doc: string;
  /** How a function is called, what a type is, or the type of a constant that is no number. */
  signature: string;
  /** Of a constant. */
  value?: number;
  /** Of an interface, with those that it inherits; what begins with `_` is nobody's business. */
  members: Member[];
}

export type Api = ReadonlyMap<string, Entry>;

/** Docstrings break their lines anywhere, and have empty ones between paragraphs. */
function docOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  return ts
    .displayPartsToString(symbol.getDocumentationComment(checker))
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replace(/\s*\n\s*/g, " ").trim())
    .join("\n\n");
}

const text = (node: ts.Node): string =>
  node.getText().replace(/\s+/g, " ").replace(/\( /g, "(").replace(/,? \)/g, ")");

/** `<parameters>` of a generic function or method. */
const generic = ({ typeParameters }: ts.SignatureDeclaration): string =>
  typeParameters ? `<${typeParameters.map(text).join(", ")}>` : "";

/** `(parameters)`, with what a call gives where it gives anything. */
function call({ parameters, type }: ts.SignatureDeclaration): string {
  const result = type && text(type) !== "void" ? `: ${text(type)}` : "";
  return `(${parameters
    .filter(({ name }) => text(name) !== "this")
    .map(text)
    .join(", ")})${result}`;
}

function memberOf(symbol: ts.Symbol, owner: ts.Node, checker: ts.TypeChecker): Member[] {
  const [node] = symbol.declarations ?? [];
  if (!node || symbol.name.startsWith("_")) return [];
  const doc = docOf(symbol, checker);
  const common = {
    name: symbol.name,
    doc,
    isNeeded: !(symbol.flags & ts.SymbolFlags.Optional),
    isOwn: node.parent === owner,
  };
  if (ts.isMethodSignature(node)) {
    return [{ ...common, type: generic(node) + call(node), isCallable: true }];
  }
  assert.ok(ts.isPropertySignature(node) && node.type, `${symbol.name} has no type of its own`);
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(symbol));
  return [{ ...common, type: text(node.type), isCallable: type.getCallSignatures().length > 0 }];
}

function entryOf(exported: ts.Symbol, checker: ts.TypeChecker): Entry {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const [node] = symbol.declarations ?? [];
  const { name } = exported;
  const entry: Entry = { name, doc: docOf(symbol, checker), signature: "", members: [] };
  assert.ok(node, name);
  if (ts.isFunctionDeclaration(node)) return { ...entry, signature: name + generic(node) + call(node) };
  if (ts.isTypeAliasDeclaration(node)) return { ...entry, signature: `type ${name} = ${text(node.type)}` };
  if (ts.isVariableDeclaration(node) && node.initializer) {
    const value = Number(text(node.initializer));
    if (Number.isFinite(value)) return { ...entry, value };
    return { ...entry, signature: checker.typeToString(checker.getTypeOfSymbol(symbol)) };
  }
  assert.ok(ts.isInterfaceDeclaration(node), `${name} is of a kind that the page has no place for`);
  const members = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
  return { ...entry, members: members.flatMap((member) => memberOf(member, node, checker)) };
}

/** Reads several modules: files by their paths, and ambient modules of those by their names. */
export function readApis(files: readonly string[], ambient: readonly string[]): Map<string, Api> {
  const program = ts.createProgram(
    files.map((file) => resolve(file)),
    {
      lib: ["lib.es5.d.ts"],
      types: [],
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      module: ts.ModuleKind.ESNext,
    },
  );
  const checker = program.getTypeChecker();
  const read = (module: ts.Symbol | undefined, name: string): [string, Api] => {
    assert.ok(module, `there is no module ${name}`);
    const entries = checker.getExportsOfModule(module).map((symbol) => entryOf(symbol, checker));
    return [name, new Map(entries.map((entry) => [entry.name, entry]))];
  };
  const modules = checker.getAmbientModules();
  return new Map([
    ...files
      .filter((file) => !file.endsWith(".d.ts"))
      .map((file) => read(checker.getSymbolAtLocation(program.getSourceFile(resolve(file))!), file)),
    ...ambient.map((name) =>
      read(
        modules.find((module) => module.name === `"${name}"`),
        name,
      ),
    ),
  ]);
}
