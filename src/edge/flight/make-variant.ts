import type { Deadline, EncodeJob } from "../backend/backend.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import type { Delegation } from "./delegation.ts";
import type { SourceState } from "./source-state.ts";

/** Makes one variant, or its draft, and notes what became of it. Never rejects for what a codec does. */
export async function makeVariant(
  variant: PlannedVariant,
  deadline: Deadline,
  job: EncodeJob,
  state: SourceState,
  delegation: Delegation | undefined,
): Promise<void> {
  const { id } = variant;
  const { isDraft = false } = deadline;
  if (isDraft) {
    // Its variant is the encoder's work, of which a draft says nothing.
    const draft = await job.make(variant, deadline);
    if (draft.kind === "made") state.keepDraft(id, draft.bytes);
    return;
  }
  const before = state.outcomeOf(id);
  const attempts = state.markPending(id);
  const made = await job.make(variant, deadline);
  if (made.kind !== "dropped") delegation?.noteResult(id);
  switch (made.kind) {
    case "made":
      await state.keep(id, made.bytes);
      break;
    case "dropped":
      state.note(id, before);
      break;
    case "failed":
      state.noteFailure(id, attempts);
      break;
    case "refused":
      state.note(id, { state: "refused" });
      break;
    case "undecodable":
      state.noteUndecodable();
      break;
    default:
      made satisfies never;
  }
}
