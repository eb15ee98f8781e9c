/** The page: configuration, board, upload, console, and how they hang together. */
import { useMemo, useRef, useState } from "preact/hooks";
import { BoardPanel } from "./board.tsx";
import { check, EXAMPLE, planFor, schema } from "./configuration.ts";
import type { Check } from "./configuration.ts";
import { Console } from "./console.tsx";
import { Editor } from "./editor.tsx";
import type { JsonObject } from "./schema.ts";
import { connect, messageOf } from "./session.ts";
import type { Session, Way } from "./session.ts";
import { UploadPanel } from "./upload.tsx";
import type { UploadState } from "./upload.tsx";
import type { UploadEvent } from "../../board/upload.ts";

/** Lines of the console that are kept. */
const KEPT = 2000;

/** What an event of the upload looks like; undefined leaves what there is. */
function stateOf(event: UploadEvent): UploadState | undefined {
  switch (event.stage) {
    case "connect":
    case "check":
      return { stage: "work", what: "Checking the board." };
    case "write":
      return { stage: "write", file: event.file, share: event.total ? event.done / event.total : 1 };
    case "start":
      return { stage: "work", what: "The board starts; waiting for the first acknowledged reading." };
    default:
      return undefined;
  }
}

/** Why nothing can be uploaded now; undefined when it can. */
function obstacleOf(
  { mistakes, missing }: Check,
  isConnected: boolean,
  isUploading: boolean,
): string | undefined {
  if (isUploading) return "An upload runs.";
  if (Object.keys(mistakes).length) return "Correct the configuration first.";
  if (missing.length) return "Fill in what is still needed first.";
  return isConnected ? undefined : "Connect a board first.";
}

function useLines(): { lines: readonly string[]; add(line: string): void; clear(): void } {
  const [lines, setLines] = useState<readonly string[]>([]);
  return {
    lines,
    add: (line) => setLines((before) => [...before.slice(-KEPT + 1), line]),
    clear: () => setLines([]),
  };
}

export function App() {
  const [configuration, setConfiguration] = useState<JsonObject>(EXAMPLE);
  const [session, setSession] = useState<Session>();
  const [isConnecting, setConnecting] = useState(false);
  const [isUploading, setUploading] = useState(false);
  const [isConfigOnly, setConfigOnly] = useState(false);
  const [state, setState] = useState<UploadState>({ stage: "none" });
  const [problem, setProblem] = useState<string>();
  const current = useRef<Session | undefined>(undefined);
  const { lines, add, clear } = useLines();
  const checked = useMemo(() => check(configuration), [configuration]);

  function use(next: Session | undefined): void {
    current.current = next;
    setSession(next);
  }

  async function open(way: Way): Promise<void> {
    setConnecting(true);
    setProblem(undefined);
    try {
      const onClose = (reason: string): void => {
        if (!current.current) return;
        use(undefined);
        setProblem(`The board went away: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}.`);
      };
      use(await connect(way, { onLine: add, onClose }));
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setConnecting(false);
    }
  }

  async function close(): Promise<void> {
    const leaving = current.current;
    use(undefined);
    await leaving?.close();
  }

  async function send(): Promise<void> {
    if (!session) return;
    setUploading(true);
    setProblem(undefined);
    setState({ stage: "work", what: "Getting the program." });
    try {
      const plan = await planFor(configuration, isConfigOnly);
      const emit = (event: UploadEvent): void => setState((before) => stateOf(event) ?? before);
      const { written, reading } = await session.upload(plan, emit);
      setState({ stage: "done", written, reading });
    } catch (error) {
      setState({ stage: "failed", message: messageOf(error) ?? String(error) });
    } finally {
      setUploading(false);
    }
  }

  const obstacle = obstacleOf(checked, session !== undefined, isUploading);
  return (
    <>
      <header>
        <h1>
          <img src="icon.svg" alt="" />
          ristretto
        </h1>
        <p>Configure, upload to and follow a sensor node.</p>
        <nav aria-label="On this page">
          {["Configuration", "Board", "Upload", "Console"].map((name) => (
            <a key={name} href={`#${name.toLowerCase()}-title`}>
              {name}
            </a>
          ))}
        </nav>
      </header>
      <main>
        <Editor schema={schema} configuration={configuration} check={checked} onChange={setConfiguration} />
        <div class="side">
          <BoardPanel
            facts={session?.facts}
            isConnecting={isConnecting}
            isBusy={isUploading}
            onConnect={(way) => void open(way)}
            onDisconnect={() => void close()}
          />
          {problem !== undefined && (
            <p class="mistake" role="alert">
              {problem}
            </p>
          )}
          <UploadPanel
            state={state}
            obstacle={obstacle}
            isConfigOnly={isConfigOnly}
            onConfigOnly={setConfigOnly}
            onUpload={() => void send()}
          />
          <Console
            lines={lines}
            onSend={
              session && !isUploading ? (line) => void session.send(line).catch(() => undefined) : undefined
            }
            obstacle={isUploading ? "An upload runs" : "Connect a board first"}
            onClear={clear}
          />
        </div>
      </main>
    </>
  );
}
