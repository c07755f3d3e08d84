package standard

import (
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// spdx gives the identifier of a licence that models and data often have, in whatever case it is written. Hugging Face's cards use lower
// case; CycloneDX takes only SPDX's own spelling.
func spdx(name string) (string, bool) {
	for _, id := range []string{
		"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0", "Unlicense", "Zlib", "AFL-3.0", "Artistic-2.0", "BSL-1.0",
		"CC0-1.0", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-NC-2.0", "CC-BY-NC-3.0", "CC-BY-NC-4.0",
		"CC-BY-ND-4.0", "CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0", "CC-BY-NC-SA-2.0", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0",
		"GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "LGPL-2.1-only", "LGPL-3.0-only", "AGPL-3.0-only", "AGPL-3.0-or-later",
		"ODbL-1.0", "ODC-By-1.0", "PDDL-1.0", "EUPL-1.2", "OFL-1.1", "MS-PL", "ECL-2.0", "EPL-2.0", "NCSA", "PostgreSQL", "WTFPL", "LPPL-1.3c",
	} {
		if strings.EqualFold(id, name) {
			return id, true
		}
	}
	return "", false
}

// licence names a licence by its identifier where it has one, else as its owner does.
func licence(name string) cdx.LicenseChoice {
	if id, ok := spdx(name); ok {
		return cdx.LicenseChoice{License: &cdx.License{ID: id}}
	}
	return cdx.LicenseChoice{License: &cdx.License{Name: name}}
}

// licenceOf is the first name of a component's licences.
func licenceOf(list *cdx.Licenses) string {
	if list == nil {
		return ""
	}
	for _, choice := range *list {
		switch {
		case choice.License != nil && choice.License.ID != "":
			return choice.License.ID
		case choice.License != nil && choice.License.Name != "":
			return choice.License.Name
		case choice.Expression != "":
			return choice.Expression
		}
	}
	return ""
}
