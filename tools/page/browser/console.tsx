/** A board's console: what it says, and a line to say something to it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { download } from "./download.ts";

export interface ConsoleProps {
  lines: readonly string[];
  /** Undefined while nothing can be said. */
  onSend: ((line: string) => void) | undefined;
  /** Why nothing can be said, where that is so. */
  obstacle: string;
  onClear: () => void;
}

/** Pixels from the end within which the view follows what comes. */
const NEAR = 40;

/** What was sent before, for the arrow keys. */
function useHistory(): { add(line: string): void; step(by: number): string | undefined } {
  const sent = useRef<string[]>([]);
  const place = useRef(0);
  return {
    add(line) {
      sent.current = [...sent.current.filter((other) => other !== line), line];
      place.current = sent.current.length;
    },
    step(by) {
      const next = place.current + by;
      if (next < 0 || next > sent.current.length) return undefined;
      place.current = next;
      return sent.current[next] ?? "";
    },
  };
}

export function Console({ lines, onSend, obstacle, onClear }: ConsoleProps) {
  const [line, setLine] = useState("");
  const view = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  const history = useHistory();

  useEffect(() => {
    const { current } = view;
    if (current && follows.current) current.scrollTop = current.scrollHeight;
  }, [lines]);

  return (
    <section aria-labelledby="console-title" class="console">
      <h2 id="console-title">Console</h2>
      <pre
        ref={view}
        role="log"
        aria-label="What the board says"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < NEAR;
        }}
      >
        {lines.map((text) => `${text}\n`)}
      </pre>
      <form
        class="joined"
        onSubmit={(event) => {
          event.preventDefault();
          if (line === "" || !onSend) return;
          onSend(line);
          history.add(line);
          setLine("");
        }}
      >
        <input
          type="text"
          class="code"
          aria-label="JavaScript for the board"
          placeholder={onSend ? "JavaScript for the board, such as process.memory()" : obstacle}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          disabled={!onSend}
          value={line}
          onInput={({ currentTarget }) => setLine(currentTarget.value)}
          onKeyDown={(event) => {
            const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
            const found = by === undefined ? undefined : history.step(by);
            if (found === undefined) return;
            event.preventDefault();
            setLine(found);
          }}
        />
        <button type="submit" disabled={!onSend}>
          Send
        </button>
      </form>
      <div class="row">
        <button
          type="button"
          class="quiet"
          disabled={!lines.length}
          onClick={() => download("board.log", lines.join("\n"))}
        >
          Save as a file
        </button>
        <button type="button" class="quiet" disabled={!lines.length} onClick={onClear}>
          Clear
        </button>
      </div>
    </section>
  );
}
