#include "envelope_octets.h"

#if defined(__x86_64__)
static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2");
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}
#endif

static bool always(void)
{
	return true;
}

/* The slowest first. */
static const struct {
	const struct envelope_octets_kernel *kernel;
	bool (*runs_here)(void);
} kernels[] = {
	{&envelope_octets_scalar, always},
#if defined(__x86_64__)
	{&envelope_octets_avx2, has_avx2},
	{&envelope_octets_avx512, has_avx512},
#endif
};

enum { KERNELS = sizeof(kernels) / sizeof(kernels[0]) };

const struct envelope_octets_kernel *envelope_octets_best(void)
{
	size_t i = KERNELS - 1;

	while (!kernels[i].runs_here())
		i--;
	return kernels[i].kernel;
}

const struct envelope_octets_kernel *envelope_octets_at(unsigned index)
{
	for (size_t i = 0; i < KERNELS; i++)
		if (kernels[i].runs_here() && index-- == 0)
			return kernels[i].kernel;
	return NULL;
}
