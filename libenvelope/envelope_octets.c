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
#else
static const struct octets_kernels octets_avx2, octets_avx512;
static bool has_avx512(void)
{
	return false;
}

static bool has_avx2(void)
{
	return false;
}
#endif

const struct octets_kernels *octets_kernels(void)
{
	return has_avx512() ? &octets_avx512 : has_avx2() ? &octets_avx2 : &octets_scalar;
}

const struct octets_kernels *octets_kernels_at(unsigned index)
{
	const struct octets_kernels *all[4] = {&octets_scalar};
	unsigned count = 1;

	if (has_avx2())
		all[count++] = &octets_avx2;
	if (has_avx512())
		all[count++] = &octets_avx512;
	return index < count ? all[index] : NULL;
}
