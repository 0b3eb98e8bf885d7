/** A status and a JSON body. */
export interface Reply {
  status: number;
  body: object;
}

/** An error in the shape that OpenAI's clients read. */
export function refusal(status: number, message: string, code: string): Reply {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { status, body: { error: { message, type, param: null, code } } };
}
