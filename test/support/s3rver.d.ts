declare module 's3rver' {
  import type { RequestListener } from 'node:http';

  /** An S3-protocol server that keeps its objects in a folder. */
  export default class S3rver {
    constructor(options: {
      directory: string;
      silent?: boolean;
      vhostBuckets?: boolean;
      configureBuckets?: { name: string; configs: string[] }[];
    });
    configureBuckets(): Promise<void>;
    callback(): RequestListener;
  }
}
