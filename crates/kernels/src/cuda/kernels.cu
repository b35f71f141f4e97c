// The CUDA kernels of the project, compiled by NVRTC when a device is first used.
//
// Matrices are row-major. An activation matrix has n rows, one per digit, that are `ld` numbers apart; the
// numbers behind the last column are 0. T is float or bf16. Sums over rows run in a fixed order: first the rows of
// a chunk, then the chunks, so that two runs give the same bytes.

// bfloat16 as its bits: NVRTC has no headers of its own.
struct bf16 { unsigned short bits; };

__device__ __forceinline__ float load(const float *p) { return *p; }
__device__ __forceinline__ float load(const bf16 *p) { return __uint_as_float((unsigned)p->bits << 16); }
__device__ __forceinline__ void store(float *p, float v) { *p = v; }
// Rounds to the nearest, ties to even; what is not a number stays so.
__device__ __forceinline__ void store(bf16 *p, float v) {
    unsigned bits = __float_as_uint(v);
    unsigned rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    p->bits = v == v ? rounded : (bits >> 16) | 0x40;
}

// Four neighbouring numbers, read and written at once: rows are whole groups of four.
struct Four { float v[4]; };

__device__ __forceinline__ Four load4(const float *p) {
    float4 f = *(const float4 *)p;
    return {f.x, f.y, f.z, f.w};
}
__device__ __forceinline__ Four load4(const bf16 *p) {
    ushort4 b = *(const ushort4 *)p;
    return {__uint_as_float((unsigned)b.x << 16), __uint_as_float((unsigned)b.y << 16), __uint_as_float((unsigned)b.z << 16),
            __uint_as_float((unsigned)b.w << 16)};
}
__device__ __forceinline__ void store4(float *p, Four f) { *(float4 *)p = make_float4(f.v[0], f.v[1], f.v[2], f.v[3]); }
__device__ __forceinline__ void store4(bf16 *p, Four f) {
    bf16 b[4];
    for (int i = 0; i < 4; i++) store(b + i, f.v[i]);
    *(ushort4 *)p = make_ushort4(b[0].bits, b[1].bits, b[2].bits, b[3].bits);
}

// ---- Weights

// out [out_rows, ld] = w [rows, columns], zeros elsewhere.
template <typename T>
__device__ void pad(const float *w, T *out, int rows, int columns, int out_rows, int ld) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x, r = i / ld, c = i - r * ld;
    if (r >= out_rows) return;
    store(out + i, r < rows && c < columns ? w[(size_t)r * columns + c] : 0.f);
}

// out [out_rows, ld]: column c is column index[c] of w [rows, inputs], for c < columns; zeros elsewhere.
template <typename T>
__device__ void gather(const float *w, const unsigned *index, T *out, int rows, int inputs, int columns, int out_rows, int ld) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x, r = i / ld, c = i - r * ld;
    if (r >= out_rows) return;
    store(out + i, r < rows && c < columns ? w[(size_t)r * inputs + index[c]] : 0.f);
}

// out [rows, columns] = padded [.., ld] without its padding.
extern "C" __global__ void unpad(const float *padded, float *out, int rows, int columns, int ld) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x, r = i / columns;
    if (r < rows) out[i] = padded[(size_t)r * ld + (i - r * columns)];
}

// Adds column c of part [.., ld] to column index[c] of w [rows, inputs].
extern "C" __global__ void scatter_add(const float *part, const unsigned *index, float *w, int rows, int inputs, int columns, int ld) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x, r = i / columns, c = i - r * columns;
    if (r >= rows) return;
    w[(size_t)r * inputs + index[c]] += part[(size_t)r * ld + c];
}

// ---- Activations [n, ld]

// h = ReLU(a + b). What is not a number stays so, or an overflow would be hidden. A thread takes four neighbours.
template <typename T>
__device__ void bias_relu(const float *a, const float *b, T *h, int rows, int columns, int ld) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x, quads = ld / 4, row = i / quads, first = (i - row * quads) * 4;
    if (row >= rows) return;
    size_t at = (size_t)row * ld + first;
    Four f = load4(a + at);
    for (int n = 0; n < 4; n++) {
        float v = first + n < columns ? f.v[n] + b[first + n] : 0.f;
        f.v[n] = v <= 0.f ? 0.f : v;
    }
    store4(h + at, f);
}

// out = (a + b) * ReLU'(h).
template <typename T>
__device__ void bias_mask(const float *a, const float *b, const T *h, T *out, int rows, int columns, int ld) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x, quads = ld / 4, row = i / quads, first = (i - row * quads) * 4;
    if (row >= rows) return;
    size_t at = (size_t)row * ld + first;
    Four f = load4(a + at), m = load4(h + at);
    for (int n = 0; n < 4; n++) f.v[n] = first + n < columns && m.v[n] > 0.f ? f.v[n] + b[first + n] : 0.f;
    store4(out + at, f);
}

// z [n, k] (+)= h [n, ld] . w [k, columns]^T + b [k]: one warp per row.
template <typename T>
__device__ void logits(const T *h, const float *w, const float *b, float *z, int rows, int columns, int ld, int k, int add) {
    int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (row >= rows) return;
    const T *x = h + (size_t)row * ld;
    for (int o = 0; o < k; o++) {
        float sum = 0.f;
        for (int c = lane; c < columns; c += 32) sum += load(x + c) * w[(size_t)o * columns + c];
        for (int d = 16; d; d /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, d);
        if (lane == 0) {
            float *to = z + (size_t)row * k + o;
            *to = (add ? *to + sum : sum) + (b ? b[o] : 0.f);
        }
    }
}

// out [n, ld] = (c [n, k] . w [k, columns] + d [n, k] . v [k, columns]) * ReLU'(h), where d may be absent. A thread takes four
// neighbouring columns of a chunk's rows. partial [chunks, columns]: the sums of out over each chunk.
template <typename T>
__device__ void outer_mask(const float *c, const float *w, const float *d, const float *v, const T *h, T *out, float *partial,
                           int rows, int columns, int ld, int k, int chunk) {
    int j = (blockIdx.x * blockDim.x + threadIdx.x) * 4;
    if (j >= ld) return;
    int first = blockIdx.y * chunk, last = min(first + chunk, rows);
    Four sum = {0.f, 0.f, 0.f, 0.f};
#pragma unroll 4
    for (int row = first; row < last; row++) {
        size_t at = (size_t)row * ld + j;
        Four m = load4(h + at), f = {0.f, 0.f, 0.f, 0.f};
        for (int o = 0; o < k; o++) {
            float by = c[(size_t)row * k + o], also = d ? d[(size_t)row * k + o] : 0.f;
            for (int n = 0; n < 4; n++) {
                if (j + n >= columns) continue;
                f.v[n] += by * w[(size_t)o * columns + j + n];
                if (d) f.v[n] += also * v[(size_t)o * columns + j + n];
            }
        }
        for (int n = 0; n < 4; n++) {
            f.v[n] = m.v[n] > 0.f ? f.v[n] : 0.f;
            sum.v[n] += f.v[n];
        }
        store4(out + at, f);
    }
    for (int n = 0; n < 4; n++)
        if (j + n < columns) partial[(size_t)blockIdx.y * columns + j + n] = sum.v[n];
}

// out [n, ld] = d [n, ld] * ReLU'(h), and the sums of out over each chunk of rows. A thread takes four neighbouring columns.
template <typename T>
__device__ void mask(const float *d, const T *h, T *out, float *partial, int rows, int columns, int ld, int chunk) {
    int j = (blockIdx.x * blockDim.x + threadIdx.x) * 4;
    if (j >= ld) return;
    int first = blockIdx.y * chunk, last = min(first + chunk, rows);
    Four sum = {0.f, 0.f, 0.f, 0.f};
#pragma unroll 4
    for (int row = first; row < last; row++) {
        size_t at = (size_t)row * ld + j;
        Four f = load4(d + at), m = load4(h + at);
        for (int n = 0; n < 4; n++) {
            f.v[n] = m.v[n] > 0.f ? f.v[n] : 0.f;
            sum.v[n] += f.v[n];
        }
        store4(out + at, f);
    }
    for (int n = 0; n < 4; n++)
        if (j + n < columns) partial[(size_t)blockIdx.y * columns + j + n] = sum.v[n];
}

// partial [chunks, k, columns] = sums over a chunk's rows of c [n, k] (x) h [n, ld]; h absent: of c alone, columns = 1.
template <typename T>
__device__ void weighted(const float *c, const T *h, float *partial, int rows, int columns, int ld, int k, int chunk) {
    int j = blockIdx.x * blockDim.x + threadIdx.x, o = blockIdx.z;
    if (j >= columns) return;
    int first = blockIdx.y * chunk, last = min(first + chunk, rows);
    float sum = 0.f;
    for (int row = first; row < last; row++) sum += c[(size_t)row * k + o] * (h ? load(h + (size_t)row * ld + j) : 1.f);
    partial[((size_t)blockIdx.y * k + o) * columns + j] = sum;
}

// out [count] (+)= the sum over the chunks of partial [chunks, count]: a warp's lanes are neighbouring numbers, and
// the 32 warps of a block share the chunks.
extern "C" __global__ void sum_chunks(const float *partial, float *out, int chunks, int count, int add) {
    __shared__ float sums[32][32];
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32, j = blockIdx.x * 32 + lane;
    float sum = 0.f;
    if (j < count)
        for (int i = warp; i < chunks; i += 32) sum += partial[(size_t)i * count + j];
    sums[warp][lane] = sum;
    __syncthreads();
    if (warp || j >= count) return;
    for (int i = 1; i < 32; i++) sum += sums[i][lane];
    out[j] = add ? out[j] + sum : sum;
}

// ---- The risk of logits z [n, k] with labels y: [n, 1] of 0 and 1 for k = 1, else one-hot [n, k]

// The sum of a block's values, in a fixed order; the result is thread 0's. For 256 threads.
__device__ double block_sum(double value) {
    __shared__ double sums[8];
    for (int d = 16; d; d /= 2) value += __shfl_down_sync(0xffffffffu, value, d);
    __syncthreads();
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = value;
    __syncthreads();
    for (int i = 1; i < 8; i++) value += sums[i];
    return value;
}

// log of the sum of the exponentials of a row, whose largest is max.
__device__ float log_sum_exp(const float *z, int k, float *max) {
    float m = z[0], sum = 0.f;
    for (int o = 1; o < k; o++) m = z[o] > m || z[o] != z[o] ? z[o] : m;
    for (int o = 0; o < k; o++) sum += expf(z[o] - m);
    *max = m;
    return m + logf(sum);
}

// The probability of a row's class o; lse is the row's log_sum_exp, used for k > 1.
__device__ __forceinline__ float probability(const float *z, int k, int o, float lse) {
    return k == 1 ? 1.f / (1.f + expf(-z[0])) : expf(z[o] - lse);
}

// partial [blocks]: sums of the negative log-likelihoods of a block's rows.
extern "C" __global__ void risk(const float *z, const float *y, double *partial, int rows, int k) {
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    double nll = 0.;
    if (row < rows) {
        z += (size_t)row * k; y += (size_t)row * k;
        if (k == 1) {
            float magnitude = fabsf(z[0]);
            nll = (double)(z[0] > 0.f || z[0] != z[0] ? z[0] : 0.f) + log1pf(expf(-magnitude)) - (double)y[0] * z[0];
        } else {
            float max, lse = log_sum_exp(z, k, &max);
            for (int o = 0; o < k; o++) if (y[o] != 0.f) nll += (double)y[o] * (lse - z[o]);
        }
    }
    nll = block_sum(nll);
    if (threadIdx.x == 0) partial[blockIdx.x] = nll;
}

// out[i] = scale * the sum of partial [count] from i * count on, for the block's i.
extern "C" __global__ void finish(const double *partial, float *out, int count, double scale) {
    double sum = 0.;
    for (int i = threadIdx.x; i < count; i += blockDim.x) sum += partial[(size_t)blockIdx.x * count + i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) out[blockIdx.x] = scale * sum;
}

// out [n, k] = g * (p - y), where g = scale, times the number at factor where that is given.
extern "C" __global__ void residual(const float *z, const float *y, const float *factor, float *out, int rows, int k, float scale) {
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    z += (size_t)row * k; y += (size_t)row * k; out += (size_t)row * k;
    float g = factor ? scale * *factor : scale, max, lse = k > 1 ? log_sum_exp(z, k, &max) : 0.f;
    for (int o = 0; o < k; o++) out[o] = g * (probability(z, k, o, lse) - y[o]);
}

// out [n, k] = scale * (the derivative of p in the direction t [n, k]): p t (1 - p), or p (t - p.t).
extern "C" __global__ void residual_tangent(const float *z, const float *t, float *out, int rows, int k, float scale) {
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    z += (size_t)row * k; t += (size_t)row * k; out += (size_t)row * k;
    float max, lse = k > 1 ? log_sum_exp(z, k, &max) : 0.f, total = 0.f;
    for (int o = 0; o < k; o++) total += probability(z, k, o, lse) * t[o];
    for (int o = 0; o < k; o++) out[o] = scale * probability(z, k, o, lse) * (t[o] - total);
}

// partial [k, blocks]: sums over a block's rows of (p - y) * z, the derivative of n R(s * z) by s at s = 1.
extern "C" __global__ void scale_gradient(const float *z, const float *y, double *partial, int rows, int k) {
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    z += (size_t)row * k; y += (size_t)row * k;
    float max, lse = k > 1 && row < rows ? log_sum_exp(z, k, &max) : 0.f;
    for (int o = 0; o < k; o++) {
        double term = row < rows ? (double)(probability(z, k, o, lse) - y[o]) * z[o] : 0.;
        term = block_sum(term);
        if (threadIdx.x == 0) partial[(size_t)o * gridDim.x + blockIdx.x] = term;
    }
}

// out [n, k] = scale * the derivative by z of sum_o g[o] sum_n (p - y) z:
// g_j (p_j - y_j + z_j p_j) - p_j sum_o g_o z_o p_o; for one logit g (p - y + z p (1 - p)).
extern "C" __global__ void scale_gradient_cotangent(const float *z, const float *y, const float *g, float *out, int rows, int k, float scale) {
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    z += (size_t)row * k; y += (size_t)row * k; out += (size_t)row * k;
    float max, lse = k > 1 ? log_sum_exp(z, k, &max) : 0.f, total = 0.f;
    for (int o = 0; o < k; o++) total += g[o] * z[o] * probability(z, k, o, lse);
    for (int o = 0; o < k; o++) {
        float p = probability(z, k, o, lse);
        out[o] = scale * (g[o] * (p - y[o] + z[o] * p) - p * total);
    }
}

// partial [blocks]: how many of a block's rows are predicted right. A logit of exactly 0 predicts label 0; of equal
// logits the first counts.
extern "C" __global__ void right(const float *z, const float *y, double *partial, int rows, int k) {
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    double is = 0.;
    if (row < rows) {
        z += (size_t)row * k; y += (size_t)row * k;
        if (k == 1) is = (z[0] > 0.f) == (y[0] > 0.5f);
        else {
            int best = 0;
            for (int o = 1; o < k; o++) if (z[o] > z[best]) best = o;
            is = y[best] > 0.5f;
        }
    }
    is = block_sum(is);
    if (threadIdx.x == 0) partial[blockIdx.x] = is;
}

// ---- Parameters: the tensors of a network as one long vector

// As the type Tensors in parameters.rs has it.
struct Tensors {
    float *at[7][40];
    int ends[40];
};

// Where number i of the whole vector lies: in tensor t, as its number i - begin.
#define PLACE(i)                                                                                                                \
    int t = 0;                                                                                                                  \
    while (all.ends[t] <= i) t++;                                                                                               \
    int n = i - (t ? all.ends[t - 1] : 0);

// at[2] = a at[0] + b at[1]; at[1] may be absent.
extern "C" __global__ void linear(Tensors all, int count, float a, float b) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    PLACE(i)
    all.at[2][t][n] = all.at[1][t] ? a * all.at[0][t][n] + b * all.at[1][t][n] : a * all.at[0][t][n];
}

// Partial sums of at[0] at[1] into partial [blocks].
extern "C" __global__ void dot(Tensors all, double *partial, int count) {
    double sum = 0.;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
        PLACE(i)
        sum += (double)(all.at[0][t][n] * all.at[1][t][n]);
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// One update of Adam (Kingma and Ba 2015) of at = theta, gradient, mean, square into the last three; the scales undo the
// moments' bias.
extern "C" __global__ void adam(Tensors all, int count, float lr, float beta1, float beta2, float epsilon, float mean_scale,
                                float square_scale) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    PLACE(i)
    float g = all.at[1][t][n];
    float m = beta1 * all.at[2][t][n] + (1.f - beta1) * g, v = beta2 * all.at[3][t][n] + (1.f - beta2) * g * g;
    all.at[4][t][n] = all.at[0][t][n] - lr * (m * mean_scale / (sqrtf(v * square_scale) + epsilon));
    all.at[5][t][n] = m;
    all.at[6][t][n] = v;
}

// ---- Both forms of what is written for T

#define FORMS(T, S)                                                                                                             \
    extern "C" __global__ void pad_##S(const float *w, T *out, int rows, int columns, int out_rows, int ld) {                   \
        pad(w, out, rows, columns, out_rows, ld);                                                                               \
    }                                                                                                                           \
    extern "C" __global__ void gather_##S(const float *w, const unsigned *index, T *out, int rows, int inputs, int columns,     \
                                          int out_rows, int ld) {                                                               \
        gather(w, index, out, rows, inputs, columns, out_rows, ld);                                                             \
    }                                                                                                                           \
    extern "C" __global__ void bias_relu_##S(const float *a, const float *b, T *h, int rows, int columns, int ld) {             \
        bias_relu(a, b, h, rows, columns, ld);                                                                                  \
    }                                                                                                                           \
    extern "C" __global__ void bias_mask_##S(const float *a, const float *b, const T *h, T *out, int rows, int columns,         \
                                             int ld) {                                                                          \
        bias_mask(a, b, h, out, rows, columns, ld);                                                                             \
    }                                                                                                                           \
    extern "C" __global__ void logits_##S(const T *h, const float *w, const float *b, float *z, int rows, int columns, int ld,  \
                                          int k, int add) {                                                                     \
        logits(h, w, b, z, rows, columns, ld, k, add);                                                                          \
    }                                                                                                                           \
    extern "C" __global__ void outer_mask_##S(const float *c, const float *w, const float *d, const float *v, const T *h,       \
                                              T *out, float *partial, int rows, int columns, int ld, int k, int chunk) {        \
        outer_mask(c, w, d, v, h, out, partial, rows, columns, ld, k, chunk);                                                   \
    }                                                                                                                           \
    extern "C" __global__ void mask_##S(const float *d, const T *h, T *out, float *partial, int rows, int columns, int ld,      \
                                        int chunk) {                                                                            \
        mask(d, h, out, partial, rows, columns, ld, chunk);                                                                     \
    }                                                                                                                           \
    extern "C" __global__ void weighted_##S(const float *c, const T *h, float *partial, int rows, int columns, int ld, int k,   \
                                            int chunk) {                                                                        \
        weighted(c, h, partial, rows, columns, ld, k, chunk);                                                                   \
    }

FORMS(float, f32)
FORMS(bf16, bf16)
