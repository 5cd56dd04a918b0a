/* SPDX-License-Identifier: MIT */
/*
 * wdm_driver_test.c: loads the sample driver, puts messages through it, and unloads it, with the
 * verifier watching. Linked once with the driver compiled as C, once with it compiled as C++.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "driver_sample.h"

enum { NR_MESSAGES = 40, MESSAGE_BYTES = 10 };

static unsigned nr_violations;

static void count_violation(const struct lookaside_wdm_violation *violation)
{
    print_error("0x%X: %s\n", violation->code, violation->what);
    nr_violations++;
}

static void load(PDRIVER_OBJECT driver)
{
    static WCHAR key[] = L"\\Registry\\Machine\\Sample";
    UNICODE_STRING path;

    *driver = (DRIVER_OBJECT){.DriverInit = DriverEntry};
    RtlInitUnicodeString(&path, key);
    assert_int_equal(driver->DriverInit(driver, &path), STATUS_SUCCESS);
    assert_non_null(driver->DriverUnload);
    assert_non_null(driver->DeviceObject);
}

static void submit(PDEVICE_OBJECT device, UCHAR value)
{
    UCHAR message[MESSAGE_BYTES];

    RtlFillMemory(message, sizeof message, value);
    assert_int_equal(SampleSubmit(device, message, sizeof message), STATUS_SUCCESS);
}

static void driver_lives_and_leaves_nothing(void **state)
{
    DRIVER_OBJECT driver;
    SAMPLE_STATISTICS statistics;
    ULONG checksum, expected = 0;

    (void)state;
    load(&driver);
    for (UCHAR i = 0; i < NR_MESSAGES; i++) {
        submit(driver.DeviceObject, i);
        expected += (ULONG)i * MESSAGE_BYTES;
    }
    assert_int_equal(SampleComplete(driver.DeviceObject, &checksum), NR_MESSAGES);
    assert_int_equal(checksum, expected);
    assert_int_equal(SampleSubmit(driver.DeviceObject, "", SAMPLE_MESSAGE_LENGTH + 1),
                     STATUS_INVALID_PARAMETER);
    SampleQuery(driver.DeviceObject, &statistics);
    assert_int_equal(statistics.TotalAllocates, NR_MESSAGES);
    assert_int_equal(statistics.PoolAllocations, NR_MESSAGES);
    assert_int_equal(statistics.PoolFrees, NR_MESSAGES);
    assert_int_equal(statistics.PoolBytes, 0);
    assert_int_equal(statistics.FreeContexts, 1);
    driver.DriverUnload(&driver);
    assert_null(driver.DeviceObject);
    assert_int_equal(lookaside_wdm_check_unload(), 0);
    assert_int_equal(nr_violations, 0);
}

static void driver_loads_again(void **state)
{
    DRIVER_OBJECT driver;
    ULONG checksum;

    (void)state;
    for (int i = 0; i < 2; i++) {
        load(&driver);
        submit(driver.DeviceObject, 1);
        assert_int_equal(SampleComplete(driver.DeviceObject, &checksum), 1);
        driver.DriverUnload(&driver);
    }
    assert_int_equal(nr_violations, 0);
}

static void failed_allocations_are_reported(void **state)
{
    DRIVER_OBJECT driver;
    UCHAR byte = 1;
    ULONG checksum;

    (void)state;
    load(&driver);
    lookaside_wdm_fail_every(1);
    assert_int_equal(SampleSubmit(driver.DeviceObject, &byte, 1), STATUS_INSUFFICIENT_RESOURCES);
    lookaside_wdm_fail_every(0);
    submit(driver.DeviceObject, 2);
    assert_int_equal(SampleComplete(driver.DeviceObject, &checksum), 1);
    driver.DriverUnload(&driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(driver_lives_and_leaves_nothing),
        cmocka_unit_test(driver_loads_again),
        cmocka_unit_test(failed_allocations_are_reported),
    };

    lookaside_wdm_set_verifier(TRUE);
    lookaside_wdm_set_verifier_hook(count_violation);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
