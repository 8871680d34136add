/** A line that counts on a terminal; elsewhere nothing, so that logs stay short. */
export interface Progress {
  readonly show: (done: number, of: number) => void;
  readonly end: () => void;
}

export function showProgress(title: string): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show: (done, of) => void stderr.write(`\r${title}: ${done} of ${of}`),
    end: () => void stderr.write("\r\u001B[K"),
  };
}
