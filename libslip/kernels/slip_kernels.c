/* slip_kernels.c - the table of this processor. */
#include "scan.h"

_Atomic(const struct slip_kernels *) slip_chosen_kernels;

static bool always(void)
{
	return true;
}

#if defined(__x86_64__) || defined(__i386__)
static bool has_sse2(void)
{
	return __builtin_cpu_supports("sse2");
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#endif

#if defined(__x86_64__)
static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2") &&
	       __builtin_cpu_supports("gfni") && __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}
#endif

static const struct {
	const struct slip_kernels *kernels;
	bool (*supported)(void);
} known[] = {
	{&slip_kernels_scalar, always},
#if defined(__x86_64__) || defined(__i386__)
	{&slip_kernels_sse2, has_sse2},     {&slip_kernels_avx2, has_avx2},
#endif
#if defined(__x86_64__)
	{&slip_kernels_avx512, has_avx512},
#endif
#if defined(__aarch64__)
	{&slip_kernels_neon, always},
#endif
};

enum { KNOWN = sizeof(known) / sizeof(known[0]) };

const struct slip_kernels *slip_kernels_at(unsigned index)
{
	for (unsigned i = 0; i < KNOWN; i++)
		if (known[i].supported() && index-- == 0)
			return known[i].kernels;
	return NULL;
}

const struct slip_kernels *slip_choose_kernels(void)
{
	unsigned best = KNOWN - 1;

	while (!known[best].supported())
		best--;
	atomic_store_explicit(&slip_chosen_kernels, known[best].kernels, memory_order_relaxed);
	return known[best].kernels;
}
