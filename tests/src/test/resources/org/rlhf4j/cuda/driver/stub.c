// Stands in for libcuda and libcublas: memory of the host, every call of interest a line of the log named by STUB_LOG.
// STUB_FAIL=call:status makes one call fail. Calls that are not here return CUDA_ERROR_NOT_SUPPORTED (generated).
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *out(void) {
  static FILE *file;
  if (!file) {
    file = fopen(getenv("STUB_LOG"), "w");
    setvbuf(file, 0, _IOLBF, 0);
  }
  return file;
}

static int status(const char *call) {
  const char *fail = getenv("STUB_FAIL");
  size_t length = strlen(call);
  return fail && !strncmp(fail, call, length) && fail[length] == ':' ? atoi(fail + length + 1) : 0;
}

#define CALL(...)                  \
  fprintf(out(), __VA_ARGS__);     \
  fputc('\n', out());              \
  if (status(__func__)) return status(__func__)

static long live;          // allocations not freed
static int recording;      // between begin and end of a capture

typedef struct { char name[128]; char types[64]; } Function;
typedef struct { char *text; } Module;

int cuInit(unsigned flags) { CALL("cuInit"); return 0; }
int cuDriverGetVersion(int *v) { *v = 12060; return 0; }
int cuDeviceGetCount(int *n) { CALL("cuDeviceGetCount"); *n = getenv("STUB_NO_DEVICE") ? 0 : 1; return 0; }
int cuDeviceGet(int *d, int i) { *d = i; return 0; }
int cuDeviceGetName(char *s, int n, int d) { snprintf(s, n, "Stub"); return 0; }
// capability 9.0, 132 multiprocessors
int cuDeviceGetAttribute(int *v, int a, int d) { *v = a == 75 ? 9 : a == 16 ? 132 : 0; return 0; }
int cuDevicePrimaryCtxRetain(void **c, int d) { CALL("cuDevicePrimaryCtxRetain"); *c = (void *)0x10; return 0; }
int cuDevicePrimaryCtxRelease_v2(int d) { CALL("cuDevicePrimaryCtxRelease live=%ld", live); return 0; }
int cuCtxSetCurrent(void *c) { CALL("cuCtxSetCurrent"); return 0; }
int cuStreamCreate(void **s, unsigned f) { CALL("cuStreamCreate"); *s = (void *)0x20; return 0; }
int cuStreamDestroy_v2(void *s) { CALL("cuStreamDestroy"); return 0; }
int cuStreamSynchronize(void *s) { CALL("cuStreamSynchronize"); return 0; }
int cuStreamBeginCapture_v2(void *s, int m) { CALL("cuStreamBeginCapture"); recording = 1; return 0; }
int cuStreamEndCapture(void *s, void **g) { CALL("cuStreamEndCapture"); recording = 0; *g = malloc(1); live++; return 0; }
int cuGraphInstantiateWithFlags(void **e, void *g, unsigned long long f) { CALL("cuGraphInstantiate"); *e = malloc(1); live++; return 0; }
int cuGraphLaunch(void *e, void *s) { CALL("cuGraphLaunch"); return 0; }
int cuGraphExecDestroy(void *e) { CALL("cuGraphExecDestroy"); free(e); live--; return 0; }
int cuGraphDestroy(void *g) { CALL("cuGraphDestroy"); free(g); live--; return 0; }
int cuEventCreate(void **e, unsigned f) { *e = malloc(1); live++; return 0; }
int cuEventRecord(void *e, void *s) { CALL("cuEventRecord"); return 0; }
int cuEventSynchronize(void *e) { return 0; }
int cuEventElapsedTime(float *ms, void *a, void *b) { *ms = 1.5f; return 0; }
int cuEventDestroy_v2(void *e) { free(e); live--; return 0; }
int cuGetErrorName(int s, const char **t) { *t = s == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS" : "CUDA_ERROR"; return 0; }
int cuGetErrorString(int s, const char **t) { *t = s == 700 ? "an illegal memory access was encountered" : "stub"; return 0; }
int cuMemGetInfo_v2(size_t *f, size_t *t) { *f = 1000; *t = 2000; return 0; }

int cuMemAlloc_v2(uint64_t *p, size_t n) {
  CALL("cuMemAlloc %zu", n);
  if (n > (1ul << 33)) return 2;
  *p = (uint64_t)malloc(n);
  live++;
  return 0;
}
int cuMemFree_v2(uint64_t p) { CALL("cuMemFree"); free((void *)p); live--; return 0; }
int cuMemAllocHost_v2(void **p, size_t n) { CALL("cuMemAllocHost %zu", n); *p = malloc(n); live++; return 0; }
int cuMemFreeHost(void *p) { CALL("cuMemFreeHost"); free(p); live--; return 0; }
int cuMemcpyHtoDAsync_v2(uint64_t d, const void *s, size_t n, void *q) { CALL("cuMemcpyHtoD %zu", n); memcpy((void *)d, s, n); return 0; }
int cuMemcpyDtoHAsync_v2(void *d, uint64_t s, size_t n, void *q) { CALL("cuMemcpyDtoH %zu", n); memcpy(d, (void *)s, n); return 0; }
int cuMemcpyDtoDAsync_v2(uint64_t d, uint64_t s, size_t n, void *q) {
  CALL("cuMemcpyDtoD %zu recording=%d", n, recording);
  if (!recording) memmove((void *)d, (void *)s, n);
  return 0;
}
int cuMemsetD32Async(uint64_t p, unsigned v, size_t n, void *q) {
  CALL("cuMemsetD32 %zu", n);
  if (!recording) for (size_t i = 0; i < n; i++) ((unsigned *)p)[i] = v;
  return 0;
}

// Code is the text behind a word that tells it from text.
int cuLinkCreate_v2(unsigned n, int *o, void **v, void **link) { CALL("cuLinkCreate"); *link = calloc(1, sizeof(Module)); live++; return 0; }
int cuLinkAddData_v2(void *link, int type, void *data, size_t size, const char *name, unsigned n, int *o, void **v) {
  CALL("cuLinkAddData %s type=%d", name, type);
  Module *module = link;
  module->text = malloc(size + 6);
  strcpy(module->text, "CUBIN ");
  memcpy(module->text + 6, data, size);
  return 0;
}
int cuLinkComplete(void *link, void **code, size_t *size) {
  CALL("cuLinkComplete");
  *code = ((Module *)link)->text;
  *size = strlen(*code) + 1;
  return 0;
}
int cuLinkDestroy(void *link) { CALL("cuLinkDestroy"); free(((Module *)link)->text); free(link); live--; return 0; }

int cuModuleLoadData(void **m, const void *image) {
  CALL("cuModuleLoadData");
  if (strncmp(image, "CUBIN ", 6)) return 200;
  Module *module = malloc(sizeof *module);
  module->text = strdup(image);
  *m = module;
  live++;
  return 0;
}
int cuModuleUnload(void *m) { CALL("cuModuleUnload"); free(((Module *)m)->text); free(m); live--; return 0; }

// The types of the parameters come from the text, as they would for a driver: u is 8 bytes, i is 4, f is 4.
int cuModuleGetFunction(void **f, void *m, const char *name) {
  CALL("cuModuleGetFunction %s", name);
  char wanted[160];
  snprintf(wanted, sizeof wanted, ".entry %s(", name);
  char *at = strstr(((Module *)m)->text, wanted);
  if (!at) return 500;
  Function *function = calloc(1, sizeof *function);
  snprintf(function->name, sizeof function->name, "%s", name);
  char *end = strchr(at, ')');
  int count = 0;
  for (at = strstr(at, ".param ."); at && at < end; at = strstr(at + 1, ".param .")) {
    function->types[count++] = !strncmp(at + 8, "u64", 3) ? 'u' : at[8] == 'f' ? 'f' : 'i';
  }
  *f = function;
  return 0;
}

int cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void *stream, void **params, void **extra) {
  Function *function = f;
  fprintf(out(), "cuLaunchKernel %s (%u,%u,%u) (%u,%u,%u) shared=%u", function->name, gx, gy, gz, bx, by, bz, shared);
  for (int i = 0; function->types[i]; i++) {
    if (function->types[i] == 'u') fprintf(out(), " u64:%s", *(uint64_t *)params[i] ? "set" : "null");
    if (function->types[i] == 'i') fprintf(out(), " u32:%d", *(int *)params[i]);
    if (function->types[i] == 'f') fprintf(out(), " f32:%g", *(float *)params[i]);
  }
  CALL("%s", "");
  return 0;
}

int cublasCreate_v2(void **h) { CALL("cublasCreate"); *h = (void *)0x50; return 0; }
int cublasGetVersion_v2(void *h, int *v) { *v = 120603; return 0; }
int cublasDestroy_v2(void *h) { CALL("cublasDestroy"); return 0; }
int cublasSetStream_v2(void *h, void *s) { CALL("cublasSetStream %p", s); return 0; }
int cublasSetWorkspace_v2(void *h, void *p, size_t n) { CALL("cublasSetWorkspace %zu", n); return 0; }
int cublasSetMathMode(void *h, int m) { CALL("cublasSetMathMode %d", m); return 0; }

int cublasSgemmStridedBatched(void *h, int ta, int tb, int m, int n, int k, const float *alpha, const float *a,
                              int lda, long long sa, const float *b, int ldb, long long sb, const float *beta,
                              float *c, int ldc, long long sc, int batch) {
  CALL("cublasSgemmStridedBatched %d %d %d %d %d batch=%d", ta, tb, m, n, k, batch);
  for (int g = 0; g < batch; g++)
    for (int j = 0; j < n; j++)
      for (int i = 0; i < m; i++) {
        float sum = 0;
        for (int p = 0; p < k; p++)
          sum += a[g * sa + (ta ? p + i * lda : i + p * lda)] * b[g * sb + (tb ? j + p * ldb : p + j * ldb)];
        float *at = c + g * sc + i + j * ldc;
        *at = *alpha * sum + (*beta == 0 ? 0 : *beta * *at);
      }
  return 0;
}
