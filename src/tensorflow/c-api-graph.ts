import type { Bytes, Declare, Handle, Pointer } from './c-api.js'

/** Pointers (and TF_Outputs) one after the other. */
type Pointers = BigUint64Array

/** What is called of TensorFlow's C API for graphs, functions and sessions (tensorflow/c/c_api.h). */
export const graphFunctions = (c: Declare) => ({
  TF_NewGraph: c<() => Pointer>('void* TF_NewGraph()'),
  TF_DeleteGraph: c<(graph: Pointer) => void>('void TF_DeleteGraph(void* g)'),
  TF_NewImportGraphDefOptions: c<() => Pointer>('void* TF_NewImportGraphDefOptions()'),
  TF_DeleteImportGraphDefOptions: c<(options: Pointer) => void>(
    'void TF_DeleteImportGraphDefOptions(void* o)',
  ),
  TF_ImportGraphDefOptionsSetPrefix: c<(options: Pointer, prefix: string) => void>(
    'void TF_ImportGraphDefOptionsSetPrefix(void* o, const char* prefix)',
  ),
  TF_GraphImportGraphDef: c<(graph: Pointer, def: Pointer, options: Pointer, status: Pointer) => void>(
    'void TF_GraphImportGraphDef(void* g, void* b, void* o, void* s)',
  ),
  TF_GraphOperationByName: c<(graph: Pointer, name: string) => Handle>(
    'void* TF_GraphOperationByName(void* g, const char* n)',
  ),
  TF_GraphToFunction: c<
    (
      body: Pointer,
      name: string,
      appendHash: number,
      operations: number,
      operationList: null,
      inputCount: number,
      inputs: Pointers,
      outputCount: number,
      outputs: Pointers,
      outputNames: null,
      options: null,
      description: null,
      status: Pointer,
    ) => Pointer
  >(
    'void* TF_GraphToFunction(void* g, const char* name, uint8 hash, int opers, void* oper, int ni, const void* ins, int no, const void* outs, void* names, void* opts, const char* doc, void* s)',
  ),
  TF_GraphCopyFunction: c<(graph: Pointer, f: Pointer, gradient: null, status: Pointer) => void>(
    'void TF_GraphCopyFunction(void* g, void* f, void* grad, void* s)',
  ),
  TF_DeleteFunction: c<(f: Pointer) => void>('void TF_DeleteFunction(void* f)'),

  TF_NewSessionOptions: c<() => Pointer>('void* TF_NewSessionOptions()'),
  TF_SetConfig: c<(options: Pointer, proto: Bytes, bytes: number, status: Pointer) => void>(
    'void TF_SetConfig(void* o, const void* p, size_t n, void* s)',
  ),
  TF_DeleteSessionOptions: c<(options: Pointer) => void>('void TF_DeleteSessionOptions(void* o)'),
  TF_NewSession: c<(graph: Pointer, options: Pointer, status: Pointer) => Pointer>(
    'void* TF_NewSession(void* g, void* o, void* s)',
  ),
  TF_LoadSessionFromSavedModel: c<
    (
      options: Pointer,
      runOptions: null,
      folder: string,
      tags: readonly string[],
      tagCount: number,
      graph: Pointer,
      metaGraph: Pointer,
      status: Pointer,
    ) => Pointer
  >(
    'void* TF_LoadSessionFromSavedModel(void* o, const void* ro, const char* dir, const char** tags, int n, void* g, void* meta, void* s)',
  ),
  TF_CloseSession: c<(session: Pointer, status: Pointer) => void>('void TF_CloseSession(void* ses, void* s)'),
  TF_DeleteSession: c<(session: Pointer, status: Pointer) => void>(
    'void TF_DeleteSession(void* ses, void* s)',
  ),
  TF_SessionRun: c<SessionRun & { async(...parameters: [...Parameters<SessionRun>, Done]): void }>(
    'void TF_SessionRun(void* ses, const void* ro, const void* ins, const void* inv, int ni, const void* outs, void* outv, int no, const void* targets, int nt, void* md, void* s)',
  ),
})

type SessionRun = (
  session: Pointer,
  options: null,
  inputs: Pointers,
  inputValues: Pointers,
  inputCount: number,
  outputs: Pointers,
  outputValues: Pointers,
  outputCount: number,
  targets: Pointers,
  targetCount: number,
  metadata: null,
  status: Pointer,
) => void
type Done = (error: Error | null) => void
